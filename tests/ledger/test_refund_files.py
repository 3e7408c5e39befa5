"""還付請求書 the contractor keyed, and transfers that came back: whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest
from tests.ledger.test_refund import ACCOUNT, CHIEF, CLERK, RULES, WARD, overpaid

from kofu.ledger import refund
from kofu.ledger.codecs import punched, returned_transfers
from kofu.ledger.codecs.punched import PunchFile
from kofu.ledger.codecs.returned_transfers import ReturnedFile, ReturnedTransfer
from kofu.ledger.domain.keying import BatchSlip, KeyedClaim
from kofu.ledger.layouts_in_use import Layouts
from kofu.ledger.refund_files import Delivery, register_claims, register_returned

pytestmark = pytest.mark.storage

LAYOUTS = Layouts(None, specimen=True)
DAY = date(2026, 11, 20)
REASON = "名義相違"


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def notified(connection: psycopg.Connection, person: str) -> tuple[int, int]:
    """A case whose notice went out: its number and the yen to be refunded."""
    overpaid(connection, person, paid=50_000, reduced=10_000, owed=0)
    case = refund.propose(connection, WARD, person, causes={}, rules=RULES, under=CLERK)
    refund.approve(connection, case, rules=RULES, under=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], under=CLERK)
    number, total = connection.execute("SELECT number, refund_total FROM refund_case WHERE id = %s", [case]).fetchone()
    return number, total


def keyed(number: int, amount: int, sequence: int = 1) -> KeyedClaim:
    return KeyedClaim(
        batch_number="000001",
        sequence=sequence,
        claim_number=f"{number:010d}",
        claimed_on=DAY,
        amount=amount,
        holder_kana="ﾐﾎﾝ ﾀﾛｳ",
        bank_code="0001",
        branch_code="001",
        deposit="1",
        account_number="1234567",
    )


def delivery(first: list[KeyedClaim], second: list[KeyedClaim] | None = None, count: int | None = None) -> Delivery:
    slip = BatchSlip(
        batch_number="000001",
        count=len(first) if count is None else count,
        total=sum(item.amount for item in first),
        made_on=DAY,
    )
    return Delivery(
        "seikyu.txt",
        punched.encode_claims(LAYOUTS.claims, PunchFile(items=tuple(first))),
        punched.encode_claims(LAYOUTS.claims, PunchFile(items=tuple(first if second is None else second))),
        punched.encode_slips(LAYOUTS.slips, PunchFile(items=(slip,))),
    )


def states(connection: psycopg.Connection, *numbers: int) -> list[str]:
    rows = connection.execute(
        "SELECT state FROM refund_case WHERE number = ANY(%s) ORDER BY number", [list(numbers)]
    ).fetchall()
    return [state for (state,) in rows]


def test_a_delivery_that_agrees_is_registered_whole(connection) -> None:
    one, two = notified(connection, "1"), notified(connection, "2")
    done = register_claims(
        connection, WARD, delivery([keyed(*one, 1), keyed(*two, 2)]), LAYOUTS, rules=RULES, under=CLERK
    )
    assert (done.count, done.faults) == (2, ())
    assert states(connection, one[0], two[0]) == ["claimed", "claimed"]


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda a, b: delivery([a, b], [a, replace(b, account_number="7654321")]), "account_number"),
        (lambda a, b: delivery([a, b], count=3), "count"),
        (lambda a, b: delivery([a, replace(b, amount=b.amount + 1)]), "amount"),
        (lambda a, b: delivery([a, replace(b, claim_number="9999999999")]), "claim_number"),
        (lambda a, b: delivery([a, replace(b, branch_code="999")]), "branch_code"),
        (lambda a, _: delivery([a, replace(a, sequence=2)]), "claim_number"),
    ],
    ids=["keyed differently", "a paper missing", "another amount", "no such case", "no such branch", "twice"],
)
def test_anything_that_does_not_agree_holds_the_whole_delivery(connection, spoil, field: str) -> None:
    one, two = notified(connection, "1"), notified(connection, "2")
    done = register_claims(connection, WARD, spoil(keyed(*one, 1), keyed(*two, 2)), LAYOUTS, rules=RULES, under=CLERK)
    assert done.count == 0
    assert field in {fault.field for fault in done.faults}
    assert states(connection, one[0], two[0]) == ["notified", "notified"]


def test_papers_a_person_must_look_at_are_left_for_the_screen_and_the_others_registered(connection) -> None:
    """Another holder, a day before the notice, a person who died since: rightly keyed, and none holds the delivery."""
    cases = [notified(connection, person) for person in ("1", "2", "3", "4")]
    for person, kana, status in (("2", "ミホン ハナコ", "resident"), ("4", "ミホン タロウ", "dead")):
        connection.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected) VALUES (%s, %s, '見本', %s, '', '', '', '', '', %s, false)",
            [WARD, person, kana, status],
        )
    papers = [keyed(*case, place) for place, case in enumerate(cases, start=1)]
    papers[2] = replace(papers[2], claimed_on=DAY - timedelta(days=1))
    done = register_claims(connection, WARD, delivery(papers), LAYOUTS, rules=RULES, under=CLERK)
    assert (done.count, done.total, done.faults) == (1, papers[0].amount, ())
    assert [(left.place, left.field) for left in done.left] == [
        ("000001-2", "holder_kana"), ("000001-3", "claimed_on"), ("000001-4", "claim_number"),
    ]  # fmt: skip
    assert states(connection, *(number for number, _ in cases)) == ["claimed", "notified", "notified", "notified"]


def test_an_account_of_the_post_bank_is_given_by_its_passbook(connection) -> None:
    """ゆうちょ銀行の公表例: 10530-12345671 → 058, 1234567."""
    number, amount = notified(connection, "1")
    claim = replace(
        keyed(number, amount), bank_code="", branch_code="", deposit="", account_number="",
        post_symbol="10530", post_number="12345671",
    )  # fmt: skip
    assert register_claims(connection, WARD, delivery([claim]), LAYOUTS, rules=RULES, under=CLERK).count == 1
    row = connection.execute(
        "SELECT bank_code, branch_code, account_number FROM refund_case WHERE number = %s", [number]
    ).fetchone()
    assert row == ("9900", "058", "1234567")


def test_transfers_that_came_back_are_owed_again(connection) -> None:
    number, amount = notified(connection, "1")
    (case,) = connection.execute("SELECT id FROM refund_case WHERE number = %s", [number]).fetchone()
    refund.claim(connection, case, ACCOUNT, claimed_on=DAY, source="1", rules=RULES, under=CLERK)
    refund.transfer(connection, case, on=date(2026, 12, 15), source="f", under=CLERK)

    def file(amount: int) -> bytes:
        item = ReturnedTransfer(
            reference=f"{number:020d}",
            amount=amount,
            returned_on=date(2026, 12, 17),
            reason=REASON,
            bank_code="0001",
            branch_code="001",
            account_number="1234567",
        )
        return returned_transfers.encode(LAYOUTS.returned, ReturnedFile(transfers=(item,)))

    wrong = register_returned(connection, WARD, "modori.txt", file(amount + 1), LAYOUTS, under=CLERK)
    assert [fault.field for fault in wrong.faults] == ["金額"]
    assert states(connection, number) == ["paid"]
    done = register_returned(connection, WARD, "modori.txt", file(amount), LAYOUTS, under=CLERK)
    assert (done.count, done.total, states(connection, number)) == (1, amount, ["returned"])
