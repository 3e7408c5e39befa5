"""不納欠損 rests on what extinguished the claim; records close, and are not deleted."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.arrears.domain.write_off import WORDS, WriteOffReason, check_write_off
from kofu.ledger.books.domain.prescription import Happening, PrescriptionEvent, extinction

FIRST = date(2020, 7, 1)
PRESCRIBED = extinction(FIRST, [])
SEIZED = extinction(FIRST, [PrescriptionEvent(Happening.SEIZED, date(2024, 1, 10))])


def test_a_claim_is_written_off_for_what_extinguished_it() -> None:
    check_write_off(WriteOffReason.PRESCRIBED, PRESCRIBED, date(2025, 7, 1))
    check_write_off(WriteOffReason.LIMITED_ACCEPTANCE, SEIZED, date(2025, 7, 1))


@pytest.mark.parametrize(("ended", "on"), [(PRESCRIBED, date(2025, 6, 30)), (SEIZED, date(2035, 1, 1))])
def test_a_claim_that_is_still_owed_is_not_written_off(ended, on: date) -> None:
    with pytest.raises(OperatorFault) as caught:
        check_write_off(WriteOffReason.PRESCRIBED, ended, on)
    assert caught.value.code == "write_off_not_extinguished"


def test_another_reason_than_the_true_one_is_refused_and_the_true_one_named() -> None:
    with pytest.raises(OperatorFault, match="by 18, not 15-7-4"):
        check_write_off(WriteOffReason.SUSPENDED_THREE_YEARS, PRESCRIBED, date(2026, 1, 1))


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(WriteOffReason)
