"""The life of a proposal on a claim (不納欠損, 減免, 差押, 猶予): proposed by one, decided by another, or withdrawn."""

from __future__ import annotations

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class ProposalState(LabelledEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed", "起案"
    APPROVED = "approved", "決裁済"
    WITHDRAWN = "withdrawn", "取下げ"  # by who proposed it
    DECLINED = "declined", "差戻し"  # by another: it is proposed anew


class ProposalEvent(LabelledEnum):
    """What happens to it."""

    APPROVE = "approve", "決裁"
    WITHDRAW = "withdraw", "取下げ"
    DECLINE = "decline", "差戻し"


PROPOSAL_LIFE = LifeCycle(
    title="請求権についての起案",
    thing="a proposal on a claim",
    reason="decision_state",
    states=ProposalState,
    events=ProposalEvent,
    begins=frozenset({ProposalState.PROPOSED}),
    ends=frozenset({ProposalState.APPROVED, ProposalState.WITHDRAWN, ProposalState.DECLINED}),
    table={
        (ProposalState.PROPOSED, ProposalEvent.APPROVE): ProposalState.APPROVED,
        (ProposalState.PROPOSED, ProposalEvent.WITHDRAW): ProposalState.WITHDRAWN,
        (ProposalState.PROPOSED, ProposalEvent.DECLINE): ProposalState.DECLINED,
    },
)
