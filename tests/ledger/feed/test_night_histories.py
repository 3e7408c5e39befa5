"""⑲ Random histories: the differences of the nights, applied one after the other, are the full feed (P6).

Payments, overpayments, new notices, increases, reductions, cancellations, waivers, corrected and withdrawn statements,
people under correction and nights come in any order. One `issuing` takes every difference; another takes one full feed
at the end. Every fact of the two is the same, and is what the ledger states of each person.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import hypothesis.strategies as st
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from tests.issuing.facts_of_person import facts_of_person
from tests.issuing.feed_maker import UNBOUND
from tests.ledger.posted_payments import post_payments
from tests.ledger.statement_lines import statement_file, statement_line

from kofu.contracts.assessment_tables import RESIDENT_TAX_CHANGES
from kofu.contracts.feed import FeedKind, FeedMode
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS
from kofu.core.kinds import HoldKind
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.assessments import register_assessments, register_statements
from kofu.ledger.assessments.codecs.assessment_files import read_either
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting, open_books, store_books
from kofu.ledger.books.rates_file import load_rates
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.feed import feed_rows
from kofu.ledger.feed.night import run_night
from kofu.ledger.feed.stated import stated_facts
from kofu.ledger.holds.issuance_holds import set_hold, settle_correction
from kofu.platform.postgres import SystemDatabase

pytestmark = [pytest.mark.storage, pytest.mark.slow]

CODE = "139998"
DAY = date(2026, 6, 20)
AT = datetime(2026, 6, 20, 3, tzinfo=UTC)
RULES = MatchingRules(load_rates())
KEY = Ed25519PrivateKey.generate()
CLERK = Acting("clerk", "test", AT)
PEOPLE = ("0001", "0002", "0003")
YEARS = (2025, 2026)
DUE_DATES = "2026-06-30|2026-08-31"

people = st.sampled_from(PEOPLE)
years = st.sampled_from(YEARS)
amounts = st.integers(1, 40).map(lambda thousands: thousands * 1_000)
steps = st.one_of(
    st.tuples(st.just("assess"), people, amounts, amounts),
    st.tuples(st.just("pay"), people, st.sampled_from("12"), amounts),
    st.tuples(st.just("waive"), people, amounts),
    st.tuples(st.just("state"), people, years, amounts),
    st.tuples(st.just("withdraw"), people, years),
    st.tuples(st.just("correct"), people, years),
    st.tuples(st.just("settle")),
    st.tuples(st.just("night")),
)


class History:
    """A ledger, the `issuing` that follows it night by night, and what is done to them."""

    def __init__(self, make: Callable[[str], SystemDatabase], folder: Path) -> None:
        self.make = make
        self.folder = folder
        self.ledger, self.issuing = make("ledger"), make("issuing")
        self.connection = psycopg.connect(self.ledger.app_url, autocommit=True)
        self.numbers = itertools.count(1)
        self.assessed: dict[str, int] = {}
        self.stated: set[tuple[str, int]] = set()
        self.holds: list = []
        for number in PEOPLE:
            self.connection.execute(
                "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name,"
                " birthday, postal_code, address, status, protected)"
                " VALUES (%s, %s, '見本', '', '', '', '', '', '', 'resident', false)",
                [CODE, number],
            )
        self.assess(PEOPLE[0], 9_000, 8_000)
        self.state(PEOPLE[0], 2026, 17_000)
        assert (self.assessed, self.stated) == ({PEOPLE[0]: 17_000}, {(PEOPLE[0], 2026)})
        self.night()

    def assess(self, number: str, first: int, second: int) -> None:
        """A new notice, an increase, a reduction, or with nothing left of the first 期別 a cancellation."""
        before, total = self.assessed.get(number), first + second
        change = "new" if before is None else "increase" if total >= before else "reduce"
        cells = [first, second]
        if before is not None and first == second:
            change, total, cells = "cancel", 0, []
        line = [change, f"9{number}", number, "2026", "2026", "ordinary", "2026-06-01", "異動", "2026-06-30"]
        listed = ["1|2", DUE_DATES, "|".join(map(str, cells))] if cells else ["", "", ""]
        cells_of = map(str, [*line, total, total, 0, 0, *listed])
        content = ",".join(RESIDENT_TAX_CHANGES.column_names) + "\n" + ",".join(cells_of) + "\n"

        def read(data: bytes):
            return read_either(data, municipality_code=CODE, file="fuka.csv")

        checked = register_assessments.receive(
            self.connection,
            municipality_code=CODE,
            name="fuka.csv",
            content=content.encode(),
            read=read,
            acting=CLERK,
        )
        if checked.state == "checked":
            register_assessments.post(self.connection, checked.file_id, read=read, rules=RULES, acting=CLERK)
            self.assessed[number] = total

    def pay(self, number: str, installment: str, amount: int) -> None:
        payment = Payment(
            payment_id=uuid4(),
            municipality_code=CODE,
            key=f"pay {next(self.numbers)}",
            channel=Channel.COUNTER,
            received_on=DAY,
            booked_on=DAY,
            amount=amount,
            notice_number=f"9{number}",
            installment=installment,
        )
        post_payments(
            self.connection,
            [payment],
            municipality_code=CODE,
            rules=RULES,
            actor="clerk",
            now=AT,
            booked_on=DAY,
        )

    def waive(self, number: str, amount: int) -> None:
        row = self.connection.execute(
            "SELECT claim_id, due FROM claim_balance JOIN claim ON claim.id = claim_id"
            " JOIN notice ON notice.id = notice_id WHERE notice_number = %s AND due > 0 ORDER BY claim_id LIMIT 1",
            [f"9{number}"],
        ).fetchone()
        if row:
            with self.connection.transaction():
                books = open_books(self.connection, claim_ids=[row[0]])
                books.post(posting.waive(row[0], min(amount, row[1]), DAY, reason="災害"))
                store_books(self.connection, books, Posting(actor="clerk", booked_on=DAY, recorded_at=AT))

    def state(self, number: str, year: int, tax: int) -> None:
        self.register(statement_line(number, year, tax=tax, reason=f"異動{next(self.numbers)}"))
        self.stated.add((number, year))

    def withdraw(self, number: str, year: int) -> None:
        if (number, year) in self.stated:
            self.register(statement_line(number, year, change="remove", reason=f"取消{next(self.numbers)}"))

    def register(self, line: list[str]) -> None:
        checked = register_statements.receive(
            self.connection, municipality_code=CODE, name="shoumei.csv", content=statement_file(line), acting=CLERK
        )
        register_statements.post(self.connection, checked.file_id, acting=CLERK)

    def correct(self, number: str, year: int) -> None:
        self.holds.append(
            set_hold(
                self.connection,
                municipality_code=CODE,
                addressee_number=number,
                kind=HoldKind.CORRECTING,
                fiscal_year=year,
                reason="修正申告",
                acting=CLERK,
            )
        )

    def settle(self) -> None:
        if self.holds:
            settle_correction(self.connection, self.holds.pop(), reason="登録済", acting=CLERK)

    def night(self, *, full: bool = False, into: SystemDatabase | None = None) -> FeedMode:
        report = run_night(
            lambda: psycopg.connect(self.ledger.app_url, autocommit=True),
            municipality_code=CODE,
            out=self.folder,
            business_date=DAY,
            key=KEY,
            actor="test",
            clock=lambda: AT,
            full=full,
            rules=UNBOUND.rules,
            gates=UNBOUND.gates,
        )
        imported = import_feed(
            lambda: psycopg.connect((into or self.issuing).owner_url),
            report.folder,
            keys={kind: KEY.public_key() for kind in FeedKind},
            municipality_code=CODE,
            now=AT,
            actor="test",
            judging=UNBOUND,
        )
        assert imported.outcome is ImportOutcome.ACTIVATED, imported.problems
        return report.mode

    def close(self) -> None:
        self.connection.close()


def standing(database: SystemDatabase) -> dict[str, list[tuple]]:
    """Every fact that stands, with the digest of its row, whatever generation it came with."""
    with psycopg.connect(database.owner_url) as connection:
        found = {}
        for table in (ASSESSMENTS, COLLECTIONS):
            names = ", ".join(name for name in table.column_names if name != "change")
            rows = connection.execute(
                f"SELECT {names}, row_digest FROM fact_{table.name} WHERE to_generation = 9223372036854775807"
            ).fetchall()
            found[table.name] = sorted(rows, key=lambda row: row[:2])
        return found


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(steps, min_size=4, max_size=14))
def test_differences_applied_are_the_full_feed(system_database, tmp_path_factory, history) -> None:
    told = History(system_database, tmp_path_factory.mktemp("feeds"))
    try:
        for name, *arguments in history:
            getattr(told, name)(*arguments)
        assert told.night() is FeedMode.DIFFERENCE
        other = told.make("issuing")
        assert told.night(full=True, into=other) is FeedMode.FULL
        assert standing(told.issuing) == standing(other)
        with psycopg.connect(told.issuing.owner_url, autocommit=True) as issuing:
            for number, year in itertools.product(PEOPLE, YEARS):
                read = facts_of_person(issuing, CODE, number, year)
                stated = stated_facts(told.connection, CODE, number, year)
                assert (stated.assessment, stated.collections) == (read.assessment, read.collections)
        assert verify_ledger(told.connection).holds
    finally:
        told.close()


def test_a_difference_that_forgets_a_payment_is_seen(system_database, tmp_path_factory, monkeypatch) -> None:
    """The comparison above finds what it is there to find."""
    told = History(system_database, tmp_path_factory.mktemp("feeds"))
    try:
        told.pay(PEOPLE[0], "1", 5_000)
        with monkeypatch.context() as patch:
            patch.setattr(feed_rows, "_NOTE_COLLECTIONS", "SELECT")
            told.night()
        other = told.make("issuing")
        told.night(full=True, into=other)
        assert standing(told.issuing)["assessments"] == standing(other)["assessments"]
        assert standing(told.issuing)["collections"] != standing(other)["collections"]
    finally:
        told.close()
