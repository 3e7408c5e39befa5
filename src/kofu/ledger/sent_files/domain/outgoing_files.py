"""Files that go out and are answered: each kind has a day by which its answer is expected.

A file that went out and was not taken in shows nowhere but in the answer that does not come (港区 2024-08: 221 people,
1.67 M yen). So nothing goes out without a day by which it is answered, and what is not stands on a list the next
morning.
"""

from __future__ import annotations

from datetime import date

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle
from kofu.ledger.profile.domain.answer_rules import OutgoingKind


class AnswerState(LabelledEnum):
    """Where a file that went out stands."""

    WAITING = "waiting", "回答待ち"
    ANSWERED = "answered", "回答済"


class AnswerEvent(LabelledEnum):
    """What happens to it."""

    ANSWER = "answer", "回答の取込"  # its answer was taken in
    RECORD = (
        "record",
        "回答の記録",
    )  # a person writes down what was answered, or what was found out where no answer came


ANSWER_LIFE = LifeCycle(
    title="送ったファイルの回答（口座振替の依頼・総合振込・パンチ委託）",
    thing="a file that went out",
    reason="answer_known",
    states=AnswerState,
    events=AnswerEvent,
    begins=frozenset({AnswerState.WAITING}),
    ends=frozenset({AnswerState.ANSWERED}),
    table={
        (AnswerState.WAITING, AnswerEvent.ANSWER): AnswerState.ANSWERED,
        (AnswerState.WAITING, AnswerEvent.RECORD): AnswerState.ANSWERED,
    },
)

MADE_HERE = frozenset({OutgoingKind.DEBIT_REQUEST, OutgoingKind.DELIVERY, OutgoingKind.REFUND_TRANSFER})


def is_overdue(expected_on: date, today: date) -> bool:
    """Whether an answer is overdue: from the morning after its day on."""
    return today > expected_on
