"""領収日順の事案: what stands in the way of the order of receipt, and how two people decide it.

Nothing that has left is undone in silence. A case says what would be, what is, and what is owed now; one person says
what becomes of it and why, another approves.
"""

from __future__ import annotations

from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle
from kofu.ledger.payments.domain.make_anew import AnewObstacle


class CaseState(LabelledEnum):
    """Where a case stands."""

    OPEN = "open", "未処理"
    PROPOSED = "proposed", "決裁待ち"
    DECIDED = "decided", "決裁済"


class CaseEvent(LabelledEnum):
    """What happens to a case."""

    PROPOSE = "propose", "起案"
    DECLINE = "decline", "差戻し"
    APPROVE = "approve", "決裁"


RECEIPT_CASE_LIFE = LifeCycle(
    title="領収日順の事案",
    thing="a case of the order of receipt",
    reason="receipt_case_state",
    states=CaseState,
    events=CaseEvent,
    begins=frozenset({CaseState.OPEN}),
    ends=frozenset({CaseState.DECIDED}),
    table={
        (CaseState.OPEN, CaseEvent.PROPOSE): CaseState.PROPOSED,
        (CaseState.PROPOSED, CaseEvent.DECLINE): CaseState.OPEN,
        (CaseState.PROPOSED, CaseEvent.APPROVE): CaseState.DECIDED,
    },
)


class ReceiptCaseAnswer(StrEnum):
    """What can become of a case."""

    REVERSE = "reverse"  # 不納欠損を取り消して消し込む
    IN_ERROR = "in_error"  # 不納欠損のまま誤納とする
    UNDO = "undo"  # 充当を取り消して充て直す
    ANEW = "anew"  # いま動かせる範囲で充て直す
    KEEP = "keep"  # このままとする
    SENT_BACK = "sent_back"  # 組戻し: the money that waited went back, by the page of 仮受


ANSWERS: dict[AnewObstacle, tuple[ReceiptCaseAnswer, ...]] = {
    AnewObstacle.WRITTEN_OFF: (ReceiptCaseAnswer.REVERSE, ReceiptCaseAnswer.IN_ERROR),
    AnewObstacle.APPROPRIATED: (ReceiptCaseAnswer.UNDO, ReceiptCaseAnswer.KEEP),
    AnewObstacle.REFUND: (ReceiptCaseAnswer.ANEW, ReceiptCaseAnswer.KEEP),
    AnewObstacle.UNCLEAR: (ReceiptCaseAnswer.ANEW, ReceiptCaseAnswer.KEEP),
}


def check_answer(obstacle: AnewObstacle, answer: ReceiptCaseAnswer) -> None:
    """Refuse what is no answer to such a case: `OperatorFault` `receipt_case_answer`."""
    if answer not in ANSWERS[obstacle]:
        raise OperatorFault("receipt_case_answer", f"a case of {obstacle.value} is not answered by {answer.value}")
