"""滞納者の一覧: by person, by age and amount, given out on record; the figures of the home page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from tests.ledger.arrears.people_owing import CHIEF, CLERK, WARD, approve, draw, owing

from kofu.core.calendar import day_in_japan
from kofu.ledger.addressees.domain.addressees import MergeEvent
from kofu.ledger.addressees.merge_people import decide_merge, propose_merge
from kofu.ledger.arrears.overdue import (
    overdue_total,
    read_overdue,
    soon_to_dun,
)
from kofu.platform.postgres import SystemDatabase

pytestmark = pytest.mark.storage

TODAY = date(2026, 11, 20)
PEOPLE = {"1": "見本 一", "2": "見本 二", "3": "見本 三"}


def person(connection: psycopg.Connection, number: str) -> None:
    connection.execute(
        "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
        " postal_code, address, status, protected) VALUES (%s, %s, %s, '', '', '', '1980-04-01', '', '見本区1',"
        " %s, false) ON CONFLICT DO NOTHING",
        [WARD, number, PEOPLE[number], "unregistered" if number == "3" else "resident"],
    )


@pytest.fixture
def database(system_database) -> SystemDatabase:
    """Three people: one owes much since lately, one little for long, one is the second under another number."""
    made = system_database("ledger")
    with psycopg.connect(made.owner_url, autocommit=True) as owner:
        for number in PEOPLE:
            person(owner, number)
        for notice, number, due, amount in (
            ("A", "1", date(2026, 11, 2), 90_000),
            ("B", "2", date(2025, 6, 30), 3_000),
            ("C", "3", date(2026, 8, 31), 4_000),
            ("D", "1", date(2026, 12, 25), 50_000),
        ):
            owing(owner, notice, due, amount, interest=0)
            owner.execute("ALTER TABLE notice DISABLE TRIGGER USER")
            owner.execute("UPDATE notice SET addressee_number = %s WHERE notice_number = %s", [number, notice])
            owner.execute("ALTER TABLE notice ENABLE TRIGGER USER")
        owing(owner, "E", date(2026, 7, 10), 70_000, method="salary", interest=0)
    return made


@pytest.fixture
def connection(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def numbers(connection: psycopg.Connection) -> list[str]:
    return [one.addressee_number for one in read_overdue(connection, WARD, TODAY).people]


def test_who_is_overdue_is_listed_by_age_and_special_collection_is_nobodys(connection) -> None:
    """地方税法321条の5: what an employer has not remitted is not the person's arrears."""
    assert numbers(connection) == ["2", "3", "1"]
    total = overdue_total(connection, WARD, TODAY)
    assert total == read_overdue(connection, WARD, TODAY).total, "the home page and the list say the same"
    assert (total.people, total.claims, total.amount) == (3, 3, 97_000)
    assert overdue_total(connection, "131016", TODAY).people == 0, "another municipality's are not counted"


def test_a_person_with_two_numbers_is_one_line(connection) -> None:
    merge = propose_merge(connection, WARD, "3", "2", reason="同一人", confirmed=True, acting=CLERK)
    decide_merge(connection, WARD, merge, MergeEvent.APPROVED, reason="", confirmed=True, acting=CHIEF)
    assert numbers(connection) == ["2", "1"]
    assert read_overdue(connection, WARD, TODAY).people[0].due == 7_000
    assert overdue_total(connection, WARD, TODAY).people == 2


def test_what_must_be_reminded_of_within_twenty_days_is_counted_until_it_is(connection) -> None:
    """地方税法329条1項: 督促状 within 20 days after the 納期限. 2026-11-02 is 18 days ago, the others longer."""
    assert soon_to_dun(connection, WARD, TODAY) == 1
    assert soon_to_dun(connection, WARD, TODAY + timedelta(days=2)) == 1
    assert soon_to_dun(connection, WARD, TODAY + timedelta(days=3)) == 0
    approve(connection, draw(connection).run_id, CHIEF)
    assert soon_to_dun(connection, WARD, TODAY) == 0


def happened(owner: psycopg.Connection, claim_id: int, happening: str, on: date) -> None:
    owner.execute(
        'INSERT INTO arrears_event (claim_id, happening, "on", withdrawn, reason, actor)'
        " VALUES (%s, %s, %s, false, '無財産', 'test')",
        [claim_id, happening, on],
    )


def test_what_the_law_has_ended_is_nobodys_arrears_and_stands_apart_from_the_day_on(database, connection) -> None:
    """法18条1項, 15条の7第4項・第5項: nobody owes it, though it is not written off. The day before, all of it is owed.

    Listed as 滞納, it had people reminded of what nobody may ask of them.
    """
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        person(owner, "2")
        _, stopped, given_up = (
            owing(owner, notice, due, amount, interest=0)
            for notice, due, amount in (
                ("P", TODAY.replace(year=2021) - timedelta(days=1), 10_000),
                ("Q", date(2023, 6, 30), 200),
                ("R", date(2026, 11, 5), 5),
            )
        )
        happened(owner, stopped.claim_id, "suspended", TODAY.replace(year=2023) - timedelta(days=1))
        happened(owner, given_up.claim_id, "suspended", date(2026, 11, 10))
        happened(owner, given_up.claim_id, "given_up", TODAY)
    before = read_overdue(connection, WARD, TODAY - timedelta(days=1))
    mine = next(one for one in before.people if one.addressee_number == "1")
    assert (mine.claims, mine.due, mine.extinguished) == (4, 100_205, 0), "the twin: the day before, all is owed"
    assert (before.total.extinguished_claims, before.total.extinguished) == (0, 0)
    assert soon_to_dun(connection, WARD, TODAY - timedelta(days=1)) == 2

    now = read_overdue(connection, WARD, TODAY)
    mine = next(one for one in now.people if one.addressee_number == "1")
    assert (mine.claims, mine.due, mine.extinguished) == (1, 90_000, 10_205)
    assert mine.oldest == date(2026, 11, 2), "the oldest that counts"
    assert (now.total.people, now.total.claims, now.total.amount) == (3, 3, 97_000)
    assert (now.total.extinguished_claims, now.total.extinguished, now.extinguished_elsewhere) == (3, 10_205, 0)
    assert overdue_total(connection, WARD, TODAY) == now.total, "the home page and the list say the same"
    assert soon_to_dun(connection, WARD, TODAY) == 1, "nobody is reminded of what was given up"


def test_who_owes_only_what_has_ended_is_on_no_line_and_its_yen_are_told(database, connection) -> None:
    """法18条: no arrears of theirs; the page's sums add up all the same."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        claims = owner.execute(
            "SELECT claim.id FROM claim JOIN notice ON notice.id = notice_id WHERE notice_number = 'C'"
        )
        for (claim_id,) in claims.fetchall():
            happened(owner, claim_id, "given_up", TODAY)
    found = read_overdue(connection, WARD, TODAY)
    assert [one.addressee_number for one in found.people] == ["2", "1"]
    assert (found.total.people, found.total.extinguished, found.extinguished_elsewhere) == (2, 4_000, 4_000)


def test_the_page_shows_who_owes_and_what_is_given_out_is_on_record_with_everybody(ledger_screens) -> None:
    """P10: a list that is given out names all who are on it."""
    from django.utils import timezone

    overdue = day_in_japan(timezone.now()) - timedelta(days=40)
    with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as owner:
        person(owner, "1")
        owing(owner, "Z", overdue, 12_345, interest=0)
    client = ledger_screens.client("clerk")
    page = client.get("/arrears/overdue/?page.by=-5&page-5_from=１２，３４５円").content.decode()
    assert "見本 一" in page
    assert "12,345" in page
    assert "見本 一" not in client.get("/arrears/overdue/?page-4_from=41").content.decode(), "40 days ago"
    home = client.get("/").content.decode()
    assert "滞納（普通徴収）" in home
    assert "待つもののない一覧" in home
    asked = client.get("/arrears/overdue/?page.file=csv")
    assert "目的を選んでください。" in asked.content.decode(), "no file without a purpose"
    given = client.get("/arrears/overdue/?page.file=csv&purpose=dunning")
    assert given["Content-Disposition"].startswith("attachment; filename")
    assert "見本 一" in given.content.decode("utf-8-sig")
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        bodies = [body for (body,) in owner.execute("SELECT body FROM audit_entry WHERE body LIKE '%%exported%%'")]
    assert len(bodies) == 1
    assert '"purpose":"dunning"' in bodies[0]
    assert '"sha256"' in bodies[0], "the monthly review counts it as given out"
    assert '"subject":null' not in bodies[0]
    assert client.get("/arrears/overdue/?page-5_from=abc").status_code == 200
    assert ledger_screens.client("branch_clerk", office="b05").get("/arrears/overdue/").status_code == 403
