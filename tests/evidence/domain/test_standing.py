"""How a promise stands: as the worst of its looks; what is written down by hand is overdue the day after it was due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kofu.evidence.domain.kept_rules import fault_of
from kofu.evidence.domain.promises import KeptByHand
from kofu.evidence.domain.standing import EvidenceVerdict, KeptEntry, KeptState, kept_state, worst

V = EvidenceVerdict
DUE = date(2026, 6, 30)
ENTRY = KeptEntry(
    promise=41, kept_on=date(2026, 6, 1), next_due=DUE, person="見本 甲", place="簿冊1", entered_by="kanri1"
)
MONTHLY = KeptByHand(what="入室管理簿", page="ledger", months=1)


@pytest.mark.parametrize(
    ("found", "stands"),
    [
        ([V.HOLDS, V.HOLDS], V.HOLDS),
        ([V.HOLDS, V.DEVIATES], V.DEVIATES),
        ([V.DEVIATES, V.NOT_SEEN, V.HOLDS], V.NOT_SEEN),
        ([V.NOT_SEEN, V.BROKEN, V.HOLDS], V.BROKEN),
        ([], V.NOT_SEEN),
    ],
)
def test_a_promise_stands_as_the_worst_of_its_looks_and_nobody_s_look_is_no_good_one(found, stands) -> None:
    assert worst(found) is stands


@pytest.mark.parametrize(
    ("today", "stands"),
    [
        (date(2026, 5, 30), KeptState.KEPT),
        (date(2026, 5, 31), KeptState.SOON),
        (DUE, KeptState.SOON),
        (date(2026, 7, 1), KeptState.OVERDUE),
    ],
)
def test_a_record_is_overdue_from_the_day_after_it_was_due(today: date, stands: KeptState) -> None:
    assert kept_state(ENTRY, today) is stands
    assert kept_state(None, today) is KeptState.MISSING


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, None),
        ({"kept_on": date(2026, 6, 11)}, ("kept_on", "not_yet")),
        ({"next_due": date(2026, 6, 1)}, ("next_due", "not_later")),
        ({"next_due": date(2026, 7, 9)}, None),
        ({"next_due": date(2026, 7, 10)}, ("next_due", "too_late")),
    ],
)
def test_nothing_of_the_future_is_written_down_and_nothing_is_put_off_past_its_interval(changed, wrong) -> None:
    fault = fault_of(replace(ENTRY, **changed), MONTHLY, date(2026, 6, 10))
    assert (None if fault is None else (fault.field, fault.reason)) == wrong
