"""率の登録: put in by one, approved by another, never changed; the program's own rates are its first rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.rates import RateKind, rates_from_average
from kofu.ledger.books.rates_file import rates
from kofu.ledger.profile.rates_on_record import list_rates, rates_in_use
from kofu.ledger.rates.rates import decide_rates, propose_rates

pytestmark = pytest.mark.storage

WARD = "139998"
CLERK = Acting("clerk", "test", datetime(2026, 11, 30, 3, tzinfo=UTC))
CHIEF = replace(CLERK, actor="chief")
SOURCE = "令和8年財務省告示第1号（試験）"


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def propose(connection: psycopg.Connection, year: int = 2027, average: int = 9, source: str = SOURCE) -> int:
    return propose_rates(connection, WARD, year=year, average=average, source=source, acting=CLERK)


@pytest.mark.parametrize(("year", "average"), [(2021, 5), (2022, 4), (2025, 4), (2026, 8)])
def test_the_rates_follow_from_the_announced_average(year: int, average: int) -> None:
    """附則3条の2; 袋井市, 小樽市 (令和3・4年), 日野市 (令和8年: 0.8 % makes 2.8, 9.1 and 1.3 %)."""
    assert rates_from_average(year, average) == rates().years[year]


def test_no_rate_is_above_that_of_the_law_itself() -> None:
    """法326条1項: 7.3 % and 14.6 %."""
    found = rates_from_average(2030, 90)
    assert (found[RateKind.FIRST_MONTH], found[RateKind.AFTER], found[RateKind.REFUND]) == (73, 146, 73)


def test_rates_hold_when_another_person_has_approved_them_and_not_before(connection) -> None:
    assert rates_in_use(connection, WARD).source == "rates.toml"
    number = propose(connection)
    assert 2027 not in rates_in_use(connection, WARD).years
    with pytest.raises(OperatorFault) as own:
        decide_rates(connection, WARD, number, approve=True, acting=CLERK)
    assert own.value.code == "second_person_needed"
    decide_rates(connection, WARD, number, approve=True, acting=CHIEF)
    held = rates_in_use(connection, WARD)
    assert (held.rate(RateKind.FIRST_MONTH, 2027), held.rate(RateKind.AFTER, 2027)) == (29, 92)
    with pytest.raises(OperatorFault) as twice:
        decide_rates(connection, WARD, number, approve=False, acting=CHIEF)
    assert twice.value.code == "decision_state"


def test_the_rates_of_the_program_are_the_first_rows_of_the_register(connection) -> None:
    propose(connection)
    rows = [row for row in list_rates(connection, WARD) if row.approved]
    assert {row.year: row.table() for row in rows} == rates().years
    assert all(row.source for row in rows)
    assert rates_in_use(connection, WARD).years == rates().years


def test_a_wrong_year_is_put_in_again_and_both_stay_on_record(connection) -> None:
    for average in (80, 8):
        decide_rates(connection, WARD, propose(connection, average=average), approve=True, acting=CHIEF)
    assert rates_in_use(connection, WARD).rate(RateKind.AFTER, 2027) == 91
    assert len([row for row in list_rates(connection, WARD) if row.year == 2027]) == 2


def test_what_was_declined_holds_nothing_and_leaves_room_for_another(connection) -> None:
    number = propose(connection)
    with pytest.raises(OperatorFault) as waiting:
        propose(connection)
    assert waiting.value.code == "proposed_already"
    decide_rates(connection, WARD, number, approve=False, acting=CHIEF)
    assert 2027 not in rates_in_use(connection, WARD).years
    propose(connection)


@pytest.mark.parametrize(("more", "code"), [
    ({"source": " "}, "reason_needed"), ({"year": 2028}, "rate_year"), ({"year": 2020}, "rate_year"),
    ({"average": 201}, "rate_average"),
])  # fmt: skip
def test_rates_without_a_source_or_of_a_year_that_cannot_be_are_refused(connection, more, code) -> None:
    with pytest.raises(OperatorFault) as refused:
        propose(connection, **more)
    assert refused.value.code == code


def test_nobody_changes_or_deletes_a_rate(connection) -> None:
    propose(connection)
    for statement in ("UPDATE rate_year SET after = 1", "DELETE FROM rate_year", "DELETE FROM rate_decision"):
        with pytest.raises(psycopg.Error):
            connection.execute(statement)
