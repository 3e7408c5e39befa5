"""The life of a proposal on a claim (不納欠損, 減免, 差押, 猶予): proposed by one, decided by another, or withdrawn."""

from __future__ import annotations

from enum import StrEnum

from kofu.core.errors import OperatorFault


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"  # 起案
    APPROVED = "approved"  # 決裁済
    WITHDRAWN = "withdrawn"  # 取下げ by who proposed it
    DECLINED = "declined"  # 差戻し by another: it is proposed anew


class ProposalEvent(StrEnum):
    """What happens to it."""

    APPROVE = "approve"
    WITHDRAW = "withdraw"
    DECLINE = "decline"


NEXT: dict[tuple[ProposalState, ProposalEvent], ProposalState] = {
    (ProposalState.PROPOSED, ProposalEvent.APPROVE): ProposalState.APPROVED,
    (ProposalState.PROPOSED, ProposalEvent.WITHDRAW): ProposalState.WITHDRAWN,
    (ProposalState.PROPOSED, ProposalEvent.DECLINE): ProposalState.DECLINED,
}


def after(state: ProposalState, event: ProposalEvent) -> ProposalState:
    """State after an event. Raises `OperatorFault` `decision_state` where it cannot happen."""
    try:
        return NEXT[state, event]
    except KeyError:
        raise OperatorFault("decision_state", f"the proposal is {state.value} already") from None
