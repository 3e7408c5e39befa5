"""延滞金の免除: ground, share and law, on the days that what happened to a claim says."""

from __future__ import annotations

from datetime import date

import pytest
from tests.ledger.books.domain.claims_due import claim_due

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.exemptions import EXEMPTIONS, ClaimTerms, ExemptShare, rule_for, terms_of
from kofu.ledger.books.domain.interest import DuePart
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.prescription import DeferralGround, Happening, PrescriptionEvent
from kofu.ledger.books.rates_file import load_rates


def lines(due: date, until: date, *events: PrescriptionEvent, amount: int = 120_000) -> tuple[list[int], int]:
    rules = MatchingRules(load_rates(), terms={1: terms_of(events)})
    found = rules.interest_of(claim_due(due), amount, [(until, amount)], until)
    return [segment.amount for segment in found.segments], found.amount


def test_a_suspension_exempts_its_days_altogether() -> None:
    """法15条の9第1項. 萩市 2023: 317 people were charged for such days. Due 2024-01-31, stopped for two years."""
    stop = PrescriptionEvent(Happening.SUSPENDED, date(2024, 6, 1), date(2026, 5, 31))
    assert lines(date(2024, 1, 31), date(2026, 6, 30), stop) == ([228, 2_631, 897], 3_700)


def test_a_conversion_grace_runs_at_the_rate_of_grace_of_each_year() -> None:
    """法15条の9, 附則3条の2第2項; 猶予特例基準割合 0.9 % (令和7年), 1.3 % (令和8年)."""
    grace = PrescriptionEvent(Happening.GRACE, date(2025, 7, 1), date(2026, 6, 30), ground=DeferralGround.CONVERSION)
    assert lines(date(2025, 1, 31), date(2026, 6, 30), grace) == ([220, 3_489, 544, 773], 5_000)


def test_a_grace_for_a_disaster_exempts_its_days_altogether() -> None:
    """亘理町 (令和7年告示第123号) 別表第1: 全額."""
    grace = PrescriptionEvent(Happening.GRACE, date(2025, 7, 1), date(2026, 6, 30), ground=DeferralGround.DISASTER)
    assert lines(date(2025, 1, 31), date(2026, 6, 30), grace) == ([220, 3_489], 3_700)


def test_a_grace_without_a_ground_on_record_exempts_what_the_law_gives_at_least() -> None:
    with_ground = PrescriptionEvent(
        Happening.GRACE, date(2025, 7, 1), date(2026, 6, 30), ground=DeferralGround.BUSINESS
    )
    without = PrescriptionEvent(Happening.GRACE, date(2025, 7, 1), date(2026, 6, 30))
    due, until = date(2025, 1, 31), date(2026, 6, 30)
    assert lines(due, until, with_ground) == lines(due, until, without)


def test_a_revocation_ends_the_exemption_the_day_before_the_fact_it_rests_on() -> None:
    """法15条の9第1項ただし書: decided 2026-05-31 for a fact of 2026-04-01, so 2026-04-01 bears 延滞金 again."""
    stop = PrescriptionEvent(Happening.SUSPENDED, date(2024, 6, 1), date(2026, 5, 31), fact_on=date(2026, 4, 1))
    terms = terms_of([stop])
    assert (terms.exempt[0].first, terms.exempt[0].last) == (date(2024, 6, 1), date(2026, 3, 31))


def test_days_that_two_events_share_are_exempt_once_and_the_whole_goes_before_the_half() -> None:
    stop = PrescriptionEvent(Happening.SUSPENDED, date(2025, 9, 1), date(2026, 6, 30))
    grace = PrescriptionEvent(Happening.GRACE, date(2025, 7, 1), date(2026, 6, 30), ground=DeferralGround.CONVERSION)
    found, _ = lines(date(2025, 1, 31), date(2026, 6, 30), grace, stop)
    assert found == [220, 3_489, 120_000 * 9 * 62 // 365_000]


def test_an_extended_due_date_starts_the_run_and_the_month_anew() -> None:
    """法326条1項かっこ書・20条の5の2: 「納期限の延長があつたときは、その延長された納期限」."""
    longer = PrescriptionEvent(Happening.EXTENDED, date(2026, 7, 1), date(2026, 8, 31))
    rules = MatchingRules(load_rates(), terms={1: terms_of([longer])})
    found = rules.interest_of(claim_due(date(2026, 6, 30)), 100_000, [], date(2026, 10, 31))
    assert [(one.first, one.days, one.rate) for one in found.segments] == [
        (date(2026, 9, 1), 30, 28),
        (date(2026, 10, 1), 31, 91),
    ]


@pytest.mark.parametrize("happening", [Happening.SEIZED, Happening.DUNNED, Happening.ACKNOWLEDGED, Happening.DEMANDED])
def test_what_is_no_grace_exempts_nothing(happening: Happening) -> None:
    assert rule_for(PrescriptionEvent(happening, date(2026, 7, 1))) is None


def test_every_ground_has_a_row_with_share_law_and_source() -> None:
    assert {row.ground for row in EXEMPTIONS} == set(DeferralGround)
    assert all(row.law.startswith("法") and row.source for row in EXEMPTIONS)
    assert {row.ground for row in EXEMPTIONS if row.share is ExemptShare.HALF} == {
        DeferralGround.BUSINESS,
        DeferralGround.LATE_ASSESSMENT,
        DeferralGround.CONVERSION,
    }


def test_a_day_before_the_table_is_refused_with_the_way_on() -> None:
    with pytest.raises(OperatorFault, match="no row for disaster on 1980-01-01"):
        rule_for(PrescriptionEvent(Happening.GRACE, date(1980, 1, 1), ground=DeferralGround.DISASTER))


def test_a_reduction_takes_the_latest_increase_first() -> None:
    terms = ClaimTerms((DuePart(date(2026, 11, 2), 200_000),))
    due = date(2026, 6, 30)
    assert terms.parts(due, 700_000) == (DuePart(due, 500_000), DuePart(date(2026, 11, 2), 200_000))
    assert terms.parts(due, 150_000) == (DuePart(date(2026, 11, 2), 150_000),)
    assert terms.not_yet_due(due, 700_000, date(2026, 10, 1)) == 200_000
    assert terms.not_yet_due(due, 700_000, date(2026, 11, 3)) == 0
