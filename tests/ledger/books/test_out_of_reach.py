"""完納から7年、不納欠損から5年経過したデータについては、アクセス不可となるように設定変更している (評価書 Ⅱ-6③).

Everything here asks under the role of the running system, on the real database.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import psycopg
import pytest
from tests.ledger.books.settled_long_ago import seen, seen_on, settled
from tests.ledger.year_of_four import NOTICE, WARD, a_year, by

from kofu.ledger.acting.reached_day import reach_day
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.interest import months_end
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.feed.feed_rows import collection_totals, note_changes
from kofu.ledger.figures.collection_report import count_collections
from kofu.ledger.people.find import find_people
from kofu.ledger.person.page import entries_of_claim
from kofu.platform.postgres import SystemDatabase

pytestmark = pytest.mark.storage

ON = date(2019, 6, 30)
HIDDEN_FROM = date(2026, 7, 1)
#: Tables that name a claim or a payment and are open all the same: what they hold is no record of a claim.
WITHOUT_POLICY: frozenset[str] = frozenset({"record_opening"})


def first_hidden_day(since: date, years: int) -> date:
    """Count as 時効 is counted (`months_end`): from the day after, to the end of the years."""
    day = timedelta(days=1)
    return months_end(since + day, 12 * years) + day


@pytest.fixture
def ledger(system_database) -> SystemDatabase:
    return system_database("ledger")


@pytest.fixture
def connection(ledger):
    with psycopg.connect(ledger.app_url, autocommit=True) as opened:
        yield opened


@pytest.mark.parametrize(
    ("on", "written_off", "hidden_from"),
    [
        (date(2019, 6, 30), False, date(2026, 7, 1)),
        (date(2016, 2, 28), False, date(2023, 3, 1)),  # counted from 29 February, which 2023 has not
        (date(2016, 2, 29), False, date(2023, 3, 1)),
        (date(2017, 2, 28), False, date(2024, 3, 1)),
        (date(2019, 12, 31), False, date(2027, 1, 1)),
        (date(2021, 6, 30), True, date(2026, 7, 1)),
        (date(2020, 2, 28), True, date(2025, 3, 1)),
        (date(2020, 2, 29), True, date(2025, 3, 1)),
    ],
)
def test_a_claim_is_seen_to_the_end_of_its_time_and_not_on_the_next_day(connection, on, written_off, hidden_from):
    """民法140条・143条: 初日不算入, 暦に従って計算する."""
    claim = settled(connection, on, written_off=written_off).claim("1")
    days = [hidden_from - timedelta(days=2), hidden_from - timedelta(days=1), hidden_from]
    assert [seen_on(connection, claim, day) for day in days] == [True, True, False]


def test_the_database_counts_every_day_of_twelve_years_as_the_rule_does(connection):
    rows = connection.execute(
        "SELECT day::date, ledger_out_of_reach_from(day::date, 84), ledger_out_of_reach_from(day::date, 60)"
        " FROM generate_series('2012-01-01'::date, '2023-12-31', '1 day') AS day"
    ).fetchall()
    assert len(rows) > 4000
    for day, settled_from, written_off_from in rows:
        assert settled_from == first_hidden_day(day, 7)
        assert written_off_from == first_hidden_day(day, 5)


def test_no_statement_of_the_application_brings_back_a_row(connection, ledger):
    """Joins, counts, views, sums, what the search reads, locks, changes: all come out empty; the owner's do not."""
    claim = settled(connection, ON).claim("1")
    asked = [
        f"SELECT count(*) FROM {table} WHERE claim_id = {claim}"
        for table in ("claim_balance", "share", "transfer", "claim_part")
    ] + [
        f"SELECT count(*) FROM claim WHERE id = {claim}",
        f"SELECT count(*) FROM notice WHERE notice_number = '{NOTICE}'",
        f"SELECT count(*) FROM notice LEFT JOIN claim ON claim.notice_id = notice.id WHERE notice_number = '{NOTICE}'",
        f"SELECT count(*) FROM stated_collections WHERE notice_number = '{NOTICE}'",
        f"SELECT count(*) FROM payment WHERE notice_number = '{NOTICE}'",
        "SELECT count(*) FROM payment_balance",
        "SELECT count(*) FROM entry",
        "SELECT coalesce(sum(amount), 0) FROM transfer",
        "SELECT count(*) FROM (SELECT FROM claim_balance FOR UPDATE) AS locked",
        "WITH touched AS (UPDATE claim_balance SET paid = paid RETURNING 1) SELECT count(*) FROM touched",
    ]

    def answers(url: str) -> list[int]:
        with psycopg.connect(url, autocommit=True) as other:
            return [int(other.execute(statement).fetchone()[0]) for statement in asked]

    assert 0 not in answers(ledger.app_url)
    reach_day(connection, HIDDEN_FROM)
    assert set(answers(ledger.app_url)) == {0}
    assert 0 not in answers(ledger.owner_url)[:-1]
    assert entries_of_claim(connection, claim) == ()
    assert find_people(connection, WARD, NOTICE) == []


def test_the_rules_bind_the_application_and_need_not_bind_the_owner(connection, ledger):
    """docs/why/prescription.md: whose functions say what is hidden must see it; forced, they would ask themselves."""
    claim = settled(connection, ON).claim("1")
    reach_day(connection, HIDDEN_FROM)
    with psycopg.connect(ledger.app_url) as application:
        assert application.execute(
            "SELECT bool_or(rolsuper OR rolbypassrls OR pg_has_role(rolname, relowner, 'USAGE'))"
            " FROM pg_roles, pg_class WHERE rolname = current_user AND relrowsecurity"
        ).fetchone() == (False,)
    asked = f"SELECT ledger_claim_hidden({claim})"
    with psycopg.connect(ledger.owner_url) as owner:
        assert owner.execute(asked).fetchone() == (True,)
        for (table,) in owner.execute("SELECT relname FROM pg_class WHERE relrowsecurity").fetchall():
            owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        with pytest.raises(psycopg.errors.InvalidObjectDefinition, match="recursion"):
            owner.execute(asked)
        owner.rollback()


def test_without_the_policy_the_row_comes_back(connection, ledger):
    """The twin: what hides it is the database's rule, not a condition of a page."""
    claim = settled(connection, ON).claim("1")
    assert not seen_on(connection, claim, HIDDEN_FROM)
    with psycopg.connect(ledger.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE claim DISABLE ROW LEVEL SECURITY")
    assert seen(connection, claim)


def test_every_table_that_names_a_claim_a_payment_or_a_case_has_the_rule(ledger):
    with psycopg.connect(ledger.owner_url) as owner:
        rows = owner.execute(
            "SELECT DISTINCT relname, relrowsecurity FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND attname IN ('claim_id', 'payment_id', 'case_id', 'application_id')"
        ).fetchall()
    assert len(rows) >= 12
    assert {name for name, ruled in rows if not ruled} == WITHOUT_POLICY


def test_the_application_can_neither_set_the_day_nor_take_it_back(connection):
    reach_day(connection, HIDDEN_FROM)
    connection.execute("SELECT ledger_reach_day('2000-01-01')")
    assert connection.execute("SELECT day FROM reached_day").fetchone() == (HIDDEN_FROM,)
    for statement in (
        "UPDATE reached_day SET day = '2000-01-01'",
        "DELETE FROM reached_day",
        "INSERT INTO reached_day VALUES (false, '2000-01-01')",
        "ALTER TABLE claim DISABLE ROW LEVEL SECURITY",
        "UPDATE record_opening SET ends_at = 'infinity'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_money_owed_back_keeps_a_claim_within_reach_until_it_is_refunded(connection):
    """A claim with open money never counts: 2,000 yen were paid twice and nobody decided on them."""
    year = settled(connection, ON)
    twice = year.slip("1", ON, 2_000)
    year.arrive(ON, twice)
    assert year.owed_back() == 2_000
    assert seen_on(connection, year.claim("1"), HIDDEN_FROM)


def test_a_payment_taken_back_moves_the_day_of_settlement(connection):
    """取消のあと別の日に完納: the seven years count from the later day."""
    year = a_year(connection, (10_000,), dues={"1": ON})
    first = year.slip("1", ON, 10_000)
    year.arrive(ON, first)
    year.post(
        date(2019, 9, 2),
        posting.free(first.payment_id, year.claim("1"), date(2019, 9, 2), principal=10_000, reason="t"),
        posting.void(first.payment_id, 10_000, date(2019, 9, 2), reason="t"),
    )
    later = date(2020, 3, 31)
    year.post(
        later,
        lambda books: posting.reduce(books, year.claim("1"), 10_000, later, reason="t"),
    )
    assert seen_on(connection, year.claim("1"), HIDDEN_FROM)
    assert seen_on(connection, year.claim("1"), date(2027, 3, 31))
    assert not seen_on(connection, year.claim("1"), date(2027, 4, 1))


def test_books_balance_and_figures_of_the_year_are_what_they_were(connection, ledger):
    settled(connection, ON)
    settled(connection, date(2024, 6, 28), number="20240000001")
    before = count_collections(connection, WARD, acting=by("test", HIDDEN_FROM))
    assert len(before.standings) == 2
    reach_day(connection, HIDDEN_FROM)
    assert count_collections(connection, WARD, acting=by("test", HIDDEN_FROM)) == before
    with psycopg.connect(ledger.owner_url, autocommit=True) as owner:
        report = verify_ledger(owner, every_step=True)
    assert report.holds, report.differences


def test_the_nightly_feed_says_once_that_the_notice_is_gone_and_then_knows_it_no_more(connection):
    settled(connection, ON)
    settled(connection, date(2024, 6, 28), number="20240000001")
    assert note_changes(connection, WARD, 1)["collections"].standing == 2
    reach_day(connection, HIDDEN_FROM)
    changed = note_changes(connection, WARD, 2)["collections"]
    assert (changed.standing, changed.difference) == (1, 1)
    assert collection_totals(connection, WARD)["paid_total"] == 10_000
    connection.execute(
        "INSERT INTO feed_generation (municipality_code, generation, mode, business_date, created_at, folder,"
        " manifest_sha256, files) VALUES (%s, 3, 'full', '2026-07-02', '2026-07-02T12:00Z', '', '', '[]')",
        [WARD],
    )
    left = connection.execute("SELECT notice_number FROM fed_collection").fetchall()
    assert left == [("20240000001",)]


def papers(connection) -> dict[str, int]:
    """How many rows of papers and of the counter the role sees."""
    tables = ("outgoing_document", "counter_application", "counter_copy", "counter_event")
    return {one: connection.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in tables}


def paper_of_the_year(connection, kind: str, document: str, reference: str) -> None:
    """An application of that kind for the notice's year, issued; and a paper that was sent under a reference."""
    made = uuid.uuid4()
    person, year = connection.execute("SELECT addressee_number, fiscal_year FROM notice").fetchone()
    connection.execute(
        "INSERT INTO counter_application (id, municipality_code, addressee_number, body_digest, applicant,"
        " applicant_name, right_shown, identity, purpose, kind, years, copies, plate_number, free_reason,"
        " unpaid_accepted, office, applied_by, applied_at) VALUES (%s, %s, %s, '', 'self', '', true, '[]', 'school',"
        " %s, to_jsonb(ARRAY[%s::int]), 1, '', '', false, 'b05', 'test', now())",
        [made, WARD, person, kind, year],
    )
    connection.execute(
        "INSERT INTO counter_event (application_id, position, event, state, actor, office, occurred_at, reason, fee,"
        " detail) VALUES (%s, 1, 'apply', 'applied', 'test', 'b05', now(), '', 0, '{}')",
        [made],
    )
    connection.execute(
        "INSERT INTO counter_copy (certificate_number, application_id, position, fiscal_year, title, form_version,"
        " as_of, last_sequence, fee, sha256, facts_digest, pages) VALUES (%s, %s, 1, 2026, '', '', '2026-07-01', 1,"
        " 300, '', '', 1)",
        [str(made), made],
    )
    connection.execute(
        "INSERT INTO outgoing_document (municipality_code, addressee_number, document, reference, role, why, name,"
        " postal_code, address, made_by, made_at)"
        " VALUES (%s, %s, %s, %s, 'person', 'own', 'x', '', 'x', 'test', now())",
        [WARD, person, document, reference],
    )


def test_papers_about_a_claim_are_out_of_reach_with_it_and_others_are_not(connection, ledger):
    """窓口証明・送付した書類: hidden for 納税証明 and slips of the year; 課税証明 speaks of no claim and stays."""
    settled(connection, ON)
    paper_of_the_year(connection, "payment", "payment_slip", f"{NOTICE}-1")
    paper_of_the_year(connection, "taxation", "payment_slip", "1期分")
    paper_of_the_year(connection, "vehicle_payment", "tax_notice", NOTICE)
    every = dict.fromkeys(papers(connection), 3)
    assert papers(connection) == every
    reach_day(connection, HIDDEN_FROM)
    assert papers(connection) == {
        "outgoing_document": 1, "counter_application": 2, "counter_copy": 2, "counter_event": 2
    }  # fmt: skip
    with psycopg.connect(ledger.owner_url, autocommit=True) as owner:
        assert papers(owner) == every
        owner.execute("ALTER TABLE counter_copy DISABLE ROW LEVEL SECURITY")
    assert papers(connection)["counter_copy"] == 3, "the twin: the rule is the database's"


def test_an_open_case_keeps_an_application_within_reach(connection):
    settled(connection, ON)
    paper_of_the_year(connection, "payment", "payment_slip", f"{NOTICE}-1")
    (application,) = connection.execute("SELECT id FROM counter_application").fetchone()
    connection.execute(
        "INSERT INTO counter_case (id, municipality_code, kind, summary, evidence, application_id, stops,"
        " opened_by) VALUES (gen_random_uuid(), %s, 'mismatch', '', '[]', %s, true, 'test')",
        [WARD, application],
    )
    reach_day(connection, HIDDEN_FROM)
    assert papers(connection)["counter_application"] == 1
