"""By when a file that went out is answered, and from when on it is overdue."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.profile.domain.answer_rules import AnswerRules, OutgoingKind
from kofu.ledger.sent_files.domain.outgoing_files import is_overdue

RULES = AnswerRules(dict.fromkeys(OutgoingKind, 3))


def test_an_answer_is_due_some_business_days_after() -> None:
    """From Thursday 16 July 2026: Friday, Tuesday (Monday is 海の日), Wednesday."""
    assert RULES.due(OutgoingKind.DEBIT_REQUEST, date(2026, 7, 16)) == date(2026, 7, 22)
    assert RULES.due(OutgoingKind.OTHER, date(2026, 12, 28)) == date(2027, 1, 6)


def test_it_is_overdue_the_morning_after_its_day() -> None:
    assert not is_overdue(date(2026, 7, 22), date(2026, 7, 22))
    assert is_overdue(date(2026, 7, 22), date(2026, 7, 23))


@pytest.mark.parametrize("kind", OutgoingKind)
def test_every_kind_has_its_days(kind: OutgoingKind) -> None:
    for days in ({other: 3 for other in OutgoingKind if other is not kind}, {**RULES.days, kind: 0}):
        with pytest.raises(OperatorFault, match=kind.value):
            AnswerRules(days).check()
    RULES.check()
