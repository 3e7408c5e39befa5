"""What a profile answers about a day: who certifies, on which form, for how much, and what is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from kofu.core.errors import InvariantBroken, OperatorFault
from kofu.core.kinds import CertificateKind, CollectionMethod
from kofu.core.profile import AuthorityRole
from kofu.core.profile_rules import problems_of
from kofu.platform.profiles import load_profile

K = CertificateKind
PROFILES = Path(__file__).parents[2] / "profiles"
MIHON = load_profile(PROFILES / "mihon.toml")
AOZORA = load_profile(PROFILES / "aozora.toml")


def japan(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+09:00")


@pytest.mark.parametrize(
    ("day", "role"),
    [("2025-02-28", "mayor"), ("2025-03-01", "deputy"), ("2025-03-31", "deputy"), ("2025-04-01", "mayor")],
)
def test_the_deputy_certifies_from_the_first_to_the_last_day_of_the_period(day: str, role: str) -> None:
    """住民記録システム標準仕様書 §1.3.9: 首長 and 職務代理者 change by date."""
    assert MIHON.authority_on(date.fromisoformat(day)).role == AuthorityRole(role)


def test_a_day_on_which_nobody_certifies_is_the_operators_fault() -> None:
    with pytest.raises(OperatorFault, match=r"add an \[\[authority\]\]"):
        MIHON.authority_on(date(2001, 1, 1))


def test_forms_and_fees_change_on_their_day() -> None:
    assert AOZORA.form_version_on(K.TAXATION, date(2027, 1, 3)) == "legacy_landscape"
    assert AOZORA.form_version_on(K.TAXATION, date(2027, 1, 4)) == "standard_r8"
    assert AOZORA.fee_on(K.TAXATION, date(2026, 9, 30)).kiosk == 250
    assert AOZORA.fee_on(K.TAXATION, date(2026, 10, 1)).kiosk == 10
    for ask in (MIHON.form_version_on, MIHON.fee_on):
        with pytest.raises(OperatorFault):
            ask(K.INCOME, date(2025, 12, 31))
        with pytest.raises(OperatorFault):
            AOZORA.fee_on(K.INCOME, date(2026, 11, 23))


@pytest.mark.parametrize(
    ("day", "method", "newest"),
    [
        ("2026-04-01", CollectionMethod.SALARY, 2025),
        ("2026-05-14", CollectionMethod.SALARY, 2025),
        ("2026-05-15", CollectionMethod.SALARY, 2026),
        ("2026-05-15", CollectionMethod.ORDINARY, 2025),
        ("2026-06-04", CollectionMethod.COMBINED, 2025),
        ("2026-06-05", CollectionMethod.COMBINED, 2026),
        ("2026-05-15", None, 2026),  # the menu: there for some
    ],
)
def test_a_fiscal_year_appears_when_it_is_published(day: str, method: CollectionMethod | None, newest: int) -> None:
    years = MIHON.published_years(K.TAXATION, date.fromisoformat(day), method)
    assert years == tuple(range(newest, newest - 4, -1))


def test_vehicle_tax_has_a_publication_day_of_its_own() -> None:
    assert MIHON.published_years(K.VEHICLE_INSPECTION, date(2026, 5, 10), None) == (2025,)
    assert MIHON.published_years(K.VEHICLE_INSPECTION, date(2026, 5, 11), None) == (2026,)


def test_hours_belong_to_the_kind() -> None:
    saturday_evening = japan("2026-11-21T19:00:00")
    assert AOZORA.opening(K.TAXATION, saturday_evening).open
    payment = AOZORA.opening(K.PAYMENT, saturday_evening)
    assert not payment.open
    assert payment.closed_text is not None
    assert "土曜日・日曜日" in payment.closed_text.ja
    assert AOZORA.service(saturday_evening).open
    assert not AOZORA.service(japan("2026-11-21T20:00:00")).open


def test_a_stop_of_some_kinds_leaves_the_others_open() -> None:
    night = japan("2026-06-04T21:00:00")
    assert not MIHON.opening(K.TAXATION, night).open
    assert MIHON.opening(K.VEHICLE_PAYMENT, night).open
    assert MIHON.service(night).open
    assert MIHON.opening(K.TAXATION, japan("2026-06-05T06:30:00")).open


def test_a_kind_kept_at_the_counter_is_never_open_at_the_kiosk() -> None:
    assert not AOZORA.opening(K.VEHICLE_INSPECTION, japan("2026-11-24T10:00:00")).open
    counter_only = replace(AOZORA, kinds=tuple(replace(rules, kiosk=False) for rules in AOZORA.kinds))
    assert not counter_only.service(japan("2026-11-24T10:00:00")).open


def test_an_instant_without_a_zone_is_a_defect() -> None:
    with pytest.raises(InvariantBroken):
        MIHON.feed_age_days(date(2026, 11, 23), datetime(2026, 11, 24))  # noqa: DTZ001 - the point of the test


def test_the_age_of_a_feed_is_counted_in_days_of_japan() -> None:
    assert MIHON.feed_age_days(date(2026, 11, 23), datetime.fromisoformat("2026-11-23T14:59:00+00:00")) == 0
    assert MIHON.feed_age_days(date(2026, 11, 23), datetime.fromisoformat("2026-11-23T15:00:00+00:00")) == 1


def test_a_profile_without_kinds_publications_or_authorities_has_three_problems() -> None:
    bare = replace(MIHON, kinds=(), publications=(), authorities=(), stops=())
    assert [problem.key for problem in problems_of(bare)] == ["kind", "publication", "authority"]
