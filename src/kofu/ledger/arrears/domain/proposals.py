"""The life of a proposal on a claim (不納欠損, 減免, 差押, 猶予): proposed by one, decided by another, or withdrawn."""

from __future__ import annotations

from enum import StrEnum

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class DecisionKind(StrEnum):
    """What is decided."""

    WRITE_OFF = "write_off"  # 不納欠損
    WAIVE_INTEREST = "waive_interest"  # 延滞金減免 (法326条3項ほか)
    EVENT = "event"  # 差押, 執行停止, 即時消滅, 猶予 …: what takes a right away (`domain.events`)
    TAKE_BACK = "take_back"  # 記録の取消: what was recorded in error
    END_EVENT = "end_event"  # 差押・交付要求の解除, 猶予・執行停止の取消
    REALLOCATE = "reallocate"  # 再充当 (最判令和3年6月22日), decided in `kofu.ledger.arrears.reallocate`
    UNDO_WRITE_OFF = "undo_write_off"  # 不納欠損の取消, decided in `kofu.ledger.arrears.reverse_write_off`


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
