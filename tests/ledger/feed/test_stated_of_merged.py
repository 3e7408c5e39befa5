"""Numbers that mean one person: what is stated of them is stated once, under the number that stands for them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.issuing.feed_maker import UNBOUND
from tests.ledger.feeding import CODE, fed_ledger, key_of, night, opened, small_ward
from tests.ledger.statement_lines import statement_file, statement_line

from kofu.contracts.issuing import HoldKind
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.addressees.domain.addressees import MergeEvent
from kofu.ledger.addressees.merge_people import decide_merge, propose_merge
from kofu.ledger.assessments.register_statements import post, receive
from kofu.ledger.feed.stated import stated_facts
from kofu.ledger.holds.issuance_holds import set_hold
from kofu.platform.postgres import SystemDatabase
from kofu.ward.make import MadeWard

pytestmark = pytest.mark.storage

AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
CLERK, CHIEF = Acting("clerk", "test", AT), Acting("chief", "test", AT)


@pytest.fixture(scope="module")
def ward(tmp_path_factory) -> MadeWard:
    return small_ward(tmp_path_factory.mktemp("ward"), size=20)


@pytest.fixture
def database(system_database, ward: MadeWard) -> SystemDatabase:
    return fed_ledger(system_database, ward)


@pytest.fixture
def connection(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with opened(database) as connection:
        yield connection


@pytest.fixture
def two(connection: psycopg.Connection) -> tuple[str, str, int]:
    """Two people with assessments of the same year and notices of their own: numbers and year."""
    rows = connection.execute(
        "SELECT addressee_number, max(fiscal_year) FROM stated_assessments"
        " WHERE addressee_number IN (SELECT addressee_number FROM notice) GROUP BY 1 ORDER BY 1 LIMIT 2"
    ).fetchall()
    (first, year), (second, other) = rows
    assert year == other
    return first, second, year


def merge(connection: psycopg.Connection, number: str, into: str):
    """A number of a person who left is merged into the number they have now; whatever differs was looked at."""
    connection.execute("UPDATE taxpayer SET status = 'moved_out' WHERE addressee_number = %s", [number])
    merge_id = propose_merge(connection, CODE, number, into, reason="同一人", confirmed=True, acting=CLERK)
    decide_merge(connection, CODE, merge_id, MergeEvent.APPROVED, reason="", confirmed=True, acting=CHIEF)
    return merge_id


def stated_people(folder: Path, name: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["addressee_number"], []).append(row)
    return found


def test_notices_of_a_merged_number_are_the_persons_and_come_back_when_it_is_undone(
    database, connection, two, ward: MadeWard, tmp_path: Path
) -> None:
    first, second, year = two
    own = {notice.notice_number for number in (first, second) for notice in facts(connection, number, year).collections}
    night(database, tmp_path, key_of(ward), gates=UNBOUND.gates)
    merge_id = merge(connection, first, second)
    for number in (first, second):
        stated = facts(connection, number, year)
        assert {notice.notice_number for notice in stated.collections} == own
        assert {notice.addressee_number for notice in stated.collections} == {second}
    difference = night(database, tmp_path, key_of(ward), gates=UNBOUND.gates).folder
    assert set(stated_people(difference, "collections")) == {second}
    gone = {row["fiscal_year"] for row in stated_people(difference, "assessments")[first] if row["change"] == "remove"}
    assert str(year) in gone
    decide_merge(connection, CODE, merge_id, MergeEvent.UNDONE, reason="別人", acting=CHIEF)
    back = night(database, tmp_path, key_of(ward), gates=UNBOUND.gates).folder
    assert set(stated_people(back, "collections")) == {first}
    assert facts(connection, first, year).assessment is not None


def facts(connection: psycopg.Connection, number: str, year: int):
    return stated_facts(connection, CODE, number, year)


def test_two_assessments_of_one_person_and_year_are_not_certified(connection, two) -> None:
    """Nobody but the tax office can say what two assessments come to: until one is taken back it is 更正処理中."""
    first, second, year = two
    kept = facts(connection, second, year).assessment
    assert kept is not None
    assert not kept.correcting
    merge(connection, first, second)
    stated = facts(connection, first, year).assessment
    assert stated is not None
    assert stated.correcting
    assert (stated.addressee_number, stated.annual_tax) == (second, kept.annual_tax)
    removal = statement_file(statement_line(first, year, change="remove", reason="二重の賦課の取消"))
    checked = receive(connection, municipality_code=CODE, name="torikeshi.csv", content=removal, acting=CLERK)
    post(connection, checked.file_id, acting=CLERK)
    assert facts(connection, first, year).assessment == kept


def test_an_assessment_under_the_merged_number_alone_is_the_persons(connection, two) -> None:
    first, second, _ = two
    line = statement_file(statement_line(first, 2030, tax=70_000))
    checked = receive(connection, municipality_code=CODE, name="shinki.csv", content=line, acting=CLERK)
    post(connection, checked.file_id, acting=CLERK)
    merge(connection, first, second)
    stated = facts(connection, second, 2030).assessment
    assert stated is not None
    assert (stated.addressee_number, stated.annual_tax, stated.correcting) == (second, 70_000, False)


def test_a_hold_on_a_merged_number_reaches_the_person(connection, two) -> None:
    first, second, year = two
    merge(connection, first, second)
    set_hold(
        connection,
        municipality_code=CODE,
        addressee_number=first,
        kind=HoldKind.CORRECTING,
        fiscal_year=year,
        reason="修正申告",
        acting=CLERK,
    )
    assert facts(connection, second, year).holds == (HoldKind.CORRECTING,)
    (body,) = connection.execute("SELECT body FROM hold_outbox").fetchone() or (b"",)
    assert f'"addressee_number":"{second}"'.encode() in bytes(body)
