"""An increase (増額) due later than its 期別 is stated as an installment of its own: counter and kiosk alike."""

from __future__ import annotations

import csv
import importlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.issuing.facts_of_person import facts_of_person
from tests.ledger.assessments.assessed import connection, database, increased, pay, register, row
from tests.ledger.counter_ward import WARD, take_ward_over

from kofu.certificates.content import compose
from kofu.certificates.facts import InstallmentFacts
from kofu.certificates.order import Question, build_order
from kofu.contracts.feed import FeedKind
from kofu.core.kinds import CertificateKind
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.issuing.requests import order as kiosk_order
from kofu.ledger.arrears.read import arrears_of
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.counter.desk import read_person_now
from kofu.ledger.feed.night import run_night
from kofu.ledger.feed.stated import stated_facts
from kofu.platform.feeds import public_key, signing_key
from kofu.platform.one_moment import one_moment
from kofu.platform.profiles import load_profile

pytestmark = pytest.mark.storage

__all__ = ["connection", "database", "increased"]

PROFILE = load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml")
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADDED = 30_000
DUE = date(2026, 12, 25)


def stated(connection: psycopg.Connection) -> list[InstallmentFacts]:
    (notice,) = stated_facts(connection, WARD, "1", 2026).collections
    return list(notice.installments)


def part(label: str, due: date, assessed: int, paid: int) -> InstallmentFacts:
    return InstallmentFacts(label=label, due_date=due, assessed=assessed, paid=paid)


FIRST, SECOND = date(2026, 6, 30), date(2026, 11, 2)


def test_an_increase_is_an_installment_of_its_own_with_its_day_and_what_is_paid_of_it(increased) -> None:
    """地方税法326条1項: it has a 納期限 of its own; what is paid goes to what was due first (民法488条4項)."""
    assert stated(increased) == [part("1", FIRST, 500_000, 500_000), part("1期増額", SECOND, 200_000, 0)]
    pay(increased, date(2026, 10, 20), 150_000)
    assert stated(increased) == [part("1", FIRST, 500_000, 500_000), part("1期増額", SECOND, 200_000, 150_000)]
    assert verify_ledger(increased).holds


def test_of_a_second_increase_and_a_reduction_each_day_has_what_is_left_of_it(increased) -> None:
    at = datetime(2026, 10, 20, tzinfo=UTC)
    register(increased, row("increase", "2026-10-20", [("1", "2026-11-30", 760_000)]), at)
    third = part("1期増額2", date(2026, 11, 30), 60_000, 0)
    assert stated(increased) == [
        part("1", FIRST, 500_000, 500_000),
        part("1期増額", SECOND, 200_000, 0),
        third,
    ]
    register(increased, row("reduce", "2026-10-20", [("1", "2026-06-30", 600_000)]), at)
    assert stated(increased) == [part("1", FIRST, 500_000, 500_000), part("1期増額", SECOND, 100_000, 0)]
    register(increased, row("reduce", "2026-10-20", [("1", "2026-06-30", 500_000)]), at)
    assert stated(increased) == [part("1", FIRST, 500_000, 500_000)]
    assert verify_ledger(increased).holds


def test_a_part_of_the_notice_that_is_called_like_an_increase_keeps_its_label(connection) -> None:
    register(connection, row("new", "2026-06-01", [("1", "2026-06-30", 10_000), ("1期増額", "2026-08-31", 5_000)]))
    grown = [("1", "2026-11-02", 20_000), ("1期増額", "2026-08-31", 5_000)]
    register(connection, row("increase", "2026-10-15", grown), datetime(2026, 10, 15, tzinfo=UTC))
    assert [one.label for one in stated(connection)] == ["1", "1期増額", "1期増額2"]


def test_what_is_waived_goes_to_what_was_due_first_as_arrears_count_it(increased) -> None:
    """The paper, 未納なし and the ledger's check split a 期別 alike on every day."""
    increased.execute("UPDATE claim_balance SET waived = 50000 WHERE claim_id IN (SELECT claim_id FROM claim_increase)")
    parts = stated(increased)
    assert [(one.assessed, one.paid) for one in parts] == [(450_000, 450_000), (200_000, 50_000)]
    for day in (SECOND, SECOND + timedelta(days=1)):
        overdue = sum(one.assessed - one.paid for one in parts if one.due_date < day)
        assert arrears_of(increased, WARD, "1", day).principal == overdue


def test_twin_the_check_finds_a_statement_that_counts_money_for_each_day_again(increased, database) -> None:
    pay(increased, date(2026, 10, 20), 150_000)
    view = importlib.import_module("kofu.ledger.migrations.0029_increases_stated").CLAIM_PARTS
    wrong = view.replace("paid - greatest(before - given_up, 0)", "paid").replace("CREATE", "CREATE OR REPLACE")
    assert wrong.count("greatest(") < view.count("greatest(")
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(wrong)
    name = "a 期別 with increases is stated with all its yen, and on each 納期限 with what 未納 counts"
    assert name in {one.check for one in verify_ledger(increased).differences}


@pytest.fixture
def both(system_database, tmp_path):
    """One ward at the kiosk's and in the ledger; then a notice is increased and the night's difference taken in."""
    ledger, issuing = system_database("ledger"), system_database("issuing")
    take_ward_over(ledger, tmp_path, NOW)
    keys = {kind: public_key(tmp_path / "keys", kind) for kind in FeedKind}

    def take_in(folder: Path) -> None:
        report = import_feed(
            lambda: psycopg.connect(issuing.owner_url), folder, keys=keys, municipality_code=WARD, now=LATER,
            actor="test",
        )  # fmt: skip
        assert report.outcome is ImportOutcome.ACTIVATED, report

    def night(day: date) -> Path:
        folder = run_night(
            lambda: psycopg.connect(ledger.app_url, autocommit=True),
            municipality_code=WARD, out=tmp_path / "feeds", business_date=day,
            key=signing_key(tmp_path / "keys", FeedKind.TAX), actor="test", clock=lambda: LATER,
        ).folder  # fmt: skip
        take_in(folder)
        return folder

    for manifest in sorted(tmp_path.rglob("manifest.json")):
        take_in(manifest.parent)
    night(date(2026, 11, 23))
    with (
        psycopg.connect(issuing.owner_url, autocommit=True) as kiosk,
        psycopg.connect(ledger.app_url, autocommit=True) as counter,
    ):
        yield kiosk, counter, night


def increase(counter: psycopg.Connection) -> tuple[str, str]:
    """Increase the first 期別 of a resident's notice that is long due; give the person and the notice."""
    notice = counter.execute(
        "SELECT addressee_number, notice_number, own.statutory_due_date, installments, due_dates, own.assessed"
        " FROM stated_collections AS own JOIN taxpayer USING (municipality_code, addressee_number)"
        " WHERE own.tax = 'resident' AND own.fiscal_year = 2026 AND own.origin_year = 2026"
        " AND collection_method = 'ordinary' AND cardinality(installments) = 4 AND status = 'resident'"
        " AND paid_total = own.assessed_total - own.assessed[4] ORDER BY 2 LIMIT 1"
    ).fetchone()
    assert notice is not None, "the ward has nobody who paid all that is due"
    person, number, statutory, labels, days, amounts = notice
    parts = list(zip(labels, map(str, days), amounts, strict=True))
    parts[0] = (parts[0][0], str(DUE), parts[0][2] + ADDED)
    register(
        counter,
        row("increase", "2026-11-24", parts, notice_number=number, addressee_number=person,
            statutory_due_date=str(statutory)),
        LATER,
    )  # fmt: skip
    return person, number


def paper(kiosk, counter, person: str, as_of: date) -> dict[str, str]:
    """The 納税証明書 of a day: what the kiosk's says, which the counter's must say too."""
    question = Question(kind=CertificateKind.PAYMENT, fiscal_year=2026, copies=1, plate_number=None)
    how = {"certificate_number": "same", "as_of": as_of, "form_version": PROFILE.form_version_on(question.kind, as_of)}
    at_kiosk = facts_of_person(kiosk, WARD, person, 2026)
    with one_moment(counter):
        at_counter = read_person_now(counter, WARD, person, [2026], ())
    papers = (
        compose(kiosk_order.build_order(PROFILE, question, at_kiosk, **how)),
        compose(build_order(PROFILE, question, at_counter.facts(2026), **how)),
    )
    assert papers[0].fields == papers[1].fields
    return dict(papers[0].fields)


def yen(text: str) -> int:
    return int("".join(one for one in text if one.isdigit()))


def test_kiosk_and_counter_print_an_increase_as_not_due_until_its_own_due_date_has_passed(both) -> None:
    """地方税法326条1項: on the 納期限 itself it is 納期未到来額, the day after it is 滞納額."""
    kiosk, counter, night = both
    person, number = increase(counter)
    folder = night(date(2026, 11, 24))
    with (folder / "collections.csv").open(encoding="utf-8", newline="") as file:
        said = {one["notice_number"]: one for one in csv.DictReader(file)}[number]
    assert said["installments"].split("|") == ["1", "2", "3", "1期増額", "4"]
    assert said["due_dates"].split("|")[3] == str(DUE)
    before, after = (paper(kiosk, counter, person, DUE + timedelta(days=days)) for days in (0, 1))
    assert yen(before["total_overdue"]) == 0
    assert yen(before["total_not_due"]) == yen(after["total_not_due"]) + ADDED
    assert yen(after["total_overdue"]) == ADDED
    assert yen(before["total_payable"]) == yen(after["total_payable"])
    assert arrears_of(counter, WARD, person, DUE).none
    assert arrears_of(counter, WARD, person, DUE + timedelta(days=1)).principal == ADDED
    assert verify_ledger(counter).holds
