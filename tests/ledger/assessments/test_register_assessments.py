"""① An assessment file: checked whole, held where a row is wrong, posted whole, never twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import psycopg
import pytest
from tests.ledger.posted_payments import post_payments

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.assessments import register_assessments
from kofu.ledger.assessments.domain.assessments import AssessmentLine, AssessmentProblem, Change, InstallmentStated
from kofu.ledger.assessments.domain.received_files import FileState
from kofu.ledger.assessments.received import reject_file
from kofu.ledger.assessments.register_assessments import post, receive
from kofu.ledger.books.domain.claims import Channel, Notice, Payment, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import find_claims, open_books
from kofu.ledger.books.rates_file import load_rates
from kofu.ledger.books.verify import verify_ledger

pytestmark = pytest.mark.storage

WARD = "139998"
CLERK = Acting("clerk", "test", datetime(2026, 6, 1, tzinfo=UTC))
RULES = MatchingRules(load_rates())
CHIEF = replace(CLERK, actor="chief")
DUE = {"1": date(2026, 6, 30), "2": date(2026, 8, 31)}


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        for number in "12":
            opened.execute(
                "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name,"
                " birthday, postal_code, address, status, protected)"
                " VALUES (%s, %s, '見本', '', '', '', '', '', '', 'resident', false)",
                [WARD, number],
            )
        yield opened


def content(*rows: tuple) -> bytes:
    """A file of (change, notice number, addressee, amounts of 1期 and 2期)."""
    return json.dumps(rows).encode()


def read(data: bytes) -> tuple[list[AssessmentLine], list[AssessmentProblem]]:
    lines = []
    for number, (change, notice, addressee, *amounts) in enumerate(json.loads(data), start=2):
        parts = tuple(InstallmentStated(str(n), DUE[str(n)], amount) for n, amount in enumerate(amounts, start=1))
        lines.append(
            AssessmentLine(
                line=number,
                change=Change(change),
                notice=Notice(
                    municipality_code=WARD,
                    notice_number=notice,
                    addressee_number=addressee,
                    tax=Tax.RESIDENT,
                    fiscal_year=2026,
                    origin_year=2026,
                    collection_method="ordinary",
                    statutory_due_date=DUE["1"],
                ),
                parts=parts,
                total=sum(amounts),
                effective_on=date(2026, 6, 1),
            )
        )
    return lines, []


def take(connection: psycopg.Connection, data: bytes):
    return receive(connection, municipality_code=WARD, name="fuka.csv", content=data, read=read, acting=CLERK)


def assessed(connection: psycopg.Connection, notice: str) -> list[int]:
    claims = find_claims(connection, WARD, [(notice, "1"), (notice, "2")])
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim.claim_id for claim in claims.values()])
    return [books.claims[claims[key].claim_id].assessed for key in sorted(claims)]


def test_a_right_file_is_posted_whole_and_changes_follow(connection) -> None:
    first = take(connection, content(("new", "A1", "1", 10_000, 9_000), ("new", "A2", "2", 5_000)))
    assert (first.state, first.rows, first.total) == (FileState.CHECKED, 2, 24_000)
    assert assessed(connection, "A1") == []
    posted = post(connection, first.file_id, read=read, rules=RULES, acting=CLERK)
    assert (posted.notices_opened, assessed(connection, "A1")) == (2, [10_000, 9_000])
    second = take(connection, content(("reduce", "A1", "1", 10_000, 1_000), ("increase", "A2", "2", 5_000, 2_000)))
    posted = post(connection, second.file_id, read=read, rules=RULES, acting=CLERK)
    assert (posted.reduced, assessed(connection, "A1"), assessed(connection, "A2")) == (
        1,
        [10_000, 1_000],
        [5_000, 2_000],
    )
    third = take(connection, content(("cancel", "A1", "1")))
    post(connection, third.file_id, read=read, rules=RULES, acting=CLERK)
    assert assessed(connection, "A1") == [0, 0]
    assert verify_ledger(connection, every_step=True).holds


def test_a_wrong_row_holds_the_whole_file(connection) -> None:
    data = content(
        ("new", "B1", "1", 1_000), ("reduce", "B9", "1", 500), ("new", "B2", "7", 500), ("new", "B1", "1", 100)
    )
    held = take(connection, data)
    assert held.state is FileState.HELD
    assert [(p.line, p.code) for p in held.problems] == [
        (3, "notice_unknown"),
        (4, "addressee_unknown"),
        (5, "notice_twice"),
    ]
    with pytest.raises(OperatorFault, match="is held: post"):
        post(connection, held.file_id, read=read, rules=RULES, acting=CLERK)
    assert assessed(connection, "B1") == []


def test_a_second_person_accepts_a_file_without_its_bad_rows(connection) -> None:
    held = take(connection, content(("new", "C1", "1", 1_000), ("reduce", "C9", "1", 500)))
    with pytest.raises(OperatorFault, match="second_person_needed"):
        post(connection, held.file_id, read=read, rules=RULES, acting=CLERK, without_bad_rows="急ぐため")
    posted = post(connection, held.file_id, read=read, rules=RULES, acting=CHIEF, without_bad_rows="急ぐため")
    assert (posted.notices_opened, posted.left_out) == (1, 1)


def test_the_same_file_is_posted_once(connection) -> None:
    data = content(("new", "D1", "1", 1_000))
    first = take(connection, data)
    post(connection, first.file_id, read=read, rules=RULES, acting=CLERK)
    again = take(connection, data)
    assert (again.file_id, again.state) == (first.file_id, FileState.POSTED)
    with pytest.raises(OperatorFault, match="is posted: post"):
        post(connection, first.file_id, read=read, rules=RULES, acting=CLERK)
    assert assessed(connection, "D1") == [1_000]


def test_a_rejected_file_can_come_again_as_it_was(connection) -> None:
    """吉岡町 2025-07: what was sent back by mistake had to be taken in after all."""
    data = content(("new", "E1", "1", 1_000))
    first = take(connection, data)
    reject_file(connection, register_assessments.KIND, first.file_id, reason="宛名番号の誤り", acting=CHIEF)
    again = take(connection, data)
    assert (again.file_id == first.file_id, again.state) == (False, FileState.CHECKED)
    post(connection, again.file_id, read=read, rules=RULES, acting=CLERK)
    assert assessed(connection, "E1") == [1_000]
    assert take(connection, data).state is FileState.POSTED


def test_a_failure_in_the_middle_posts_nothing(connection) -> None:
    """All or nothing: the process dies after half of the rows."""
    rows = [("new", f"F{n}", "1", 1_000) for n in range(6)]
    checked = take(connection, content(*rows))

    def die(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        post(connection, checked.file_id, read=read, rules=RULES, acting=CLERK, progress=die)
    assert assessed(connection, "F0") == []
    assert post(connection, checked.file_id, read=read, rules=RULES, acting=CLERK).notices_opened == 6


def test_rows_that_were_overtaken_by_another_file_stop_the_posting(connection) -> None:
    late = take(connection, content(("new", "G1", "1", 1_000)))
    early = take(connection, content(("new", "G1", "1", 2_000)))
    post(connection, early.file_id, read=read, rules=RULES, acting=CLERK)
    with pytest.raises(OperatorFault, match="moved on"):
        post(connection, late.file_id, read=read, rules=RULES, acting=CLERK)
    assert assessed(connection, "G1") == [2_000]


def test_receiving_and_posting_are_on_record(connection) -> None:
    """P10: in the same transaction as what they record."""
    checked = take(connection, content(("new", "H1", "1", 1_000)))
    post(connection, checked.file_id, read=read, rules=RULES, acting=CLERK)
    bodies = [row[0] for row in connection.execute("SELECT body FROM audit_entry ORDER BY sequence DESC LIMIT 2")]
    assert '"assessments.post"' in bodies[0]
    assert '"assessments.receive"' in bodies[1]


def test_a_reduction_gives_back_the_interest_that_ran_on_what_fell_away(connection) -> None:
    """300,000 yen paid on 10 November with 8,300 of 延滞金; of 150,000 it is 4,100."""
    first = take(connection, content(("new", "J1", "1", 300_000)))
    post(connection, first.file_id, read=read, rules=RULES, acting=CLERK)
    paid = Payment(
        payment_id=uuid4(),
        municipality_code=WARD,
        key="j1",
        channel=Channel.COUNTER,
        received_on=date(2026, 11, 10),
        booked_on=date(2026, 11, 10),
        amount=308_300,
        notice_number="J1",
        installment="1",
    )
    post_payments(
        connection,
        [paid],
        municipality_code=WARD,
        rules=RULES,
        actor="clerk",
        now=CLERK.now,
        booked_on=date(2026, 11, 10),
    )
    second = take(connection, content(("reduce", "J1", "1", 150_000)))
    post(connection, second.file_id, read=read, rules=RULES, acting=CLERK)
    with connection.transaction():
        books = open_books(connection, payment_ids=[paid.payment_id])
    (claim,) = books.claims.values()
    assert (claim.assessed, claim.interest_assessed, claim.interest_due) == (150_000, 4_100, 0)
    assert books.payments[paid.payment_id].overpaid == 154_200
    assert verify_ledger(connection, every_step=True).holds


def test_who_is_reduced_is_under_correction_until_the_file_is_decided(connection) -> None:
    """更正処理中 from the receipt of the file on; new notices correct nobody."""
    post(
        connection, take(connection, content(("new", "K1", "1", 10_000))).file_id, read=read, rules=RULES, acting=CLERK
    )

    def held() -> list[tuple[str, int]]:
        rows = connection.execute("SELECT addressee_number, fiscal_year FROM issuance_hold WHERE settled_at IS NULL")
        return sorted(rows.fetchall())

    assert held() == []
    second = take(connection, content(("reduce", "K1", "1", 4_000), ("new", "K2", "2", 1_000)))
    assert held() == [("1", 2026)]
    post(connection, second.file_id, read=read, rules=RULES, acting=CLERK)
    assert held() == []
