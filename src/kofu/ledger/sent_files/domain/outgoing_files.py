"""Files that go out and are answered: each kind has a day by which its answer is expected.

A file that went out and was not taken in shows nowhere but in the answer that does not come (港区 2024-08: 221 people,
1.67 M yen). So nothing goes out without a day by which it is answered, and what is not stands on a list the next
morning.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.ledger.profile.domain.answer_rules import OutgoingKind


class AnswerState(StrEnum):
    """Where a file that went out stands."""

    WAITING = "waiting"  # 回答待ち
    ANSWERED = "answered"  # 回答済


class AnswerEvent(StrEnum):
    """What happens to it."""

    ANSWER = "answer"  # its answer was taken in
    RECORD = "record"  # a person writes down what was answered, or what was found out where no answer came


ANSWERS: dict[tuple[AnswerState, AnswerEvent], AnswerState] = {
    (AnswerState.WAITING, AnswerEvent.ANSWER): AnswerState.ANSWERED,
    (AnswerState.WAITING, AnswerEvent.RECORD): AnswerState.ANSWERED,
}


def after_answer(state: AnswerState, event: AnswerEvent) -> AnswerState:
    """State after an event. Raises `OperatorFault` `answer_known` where it cannot happen."""
    try:
        return ANSWERS[state, event]
    except KeyError:
        raise OperatorFault("answer_known", f"the file is {state.value} already") from None


MADE_HERE = frozenset({OutgoingKind.DEBIT_REQUEST, OutgoingKind.DELIVERY, OutgoingKind.REFUND_TRANSFER})


def is_overdue(expected_on: date, today: date) -> bool:
    """Whether an answer is overdue: from the morning after its day on."""
    return today > expected_on
