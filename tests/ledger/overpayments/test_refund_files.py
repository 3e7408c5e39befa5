"""還付請求書 the contractor keyed, and transfers that came back: what is right is taken, what is wrong is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from tests.ledger.overpayments.refunds import ACCOUNT, CHIEF, CLERK, RULES, WARD, overpaid

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.keyed.codecs import punched
from kofu.ledger.keyed.codecs.punched import PunchFile, claims_layout, slips_layout
from kofu.ledger.keyed.domain.keying import BatchSlip, KeyedClaim
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.codecs import returned_transfers
from kofu.ledger.overpayments.codecs.returned_transfers import ReturnedFile, ReturnedTransfer, returned_layout
from kofu.ledger.overpayments.file_rows import clear_fault, faults_of, kept_faults, record_of
from kofu.ledger.overpayments.files import KeyedClaims, Registered, accept, register_claims, register_returned, reject

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
    case = refund.propose(connection, WARD, person, causes={}, rules=RULES, acting=CLERK)
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
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


def delivery(first: list[KeyedClaim], second: list[KeyedClaim] | None = None, count: int | None = None) -> KeyedClaims:
    slip = BatchSlip(
        batch_number="000001",
        count=len(first) if count is None else count,
        total=sum(item.amount for item in first),
        made_on=DAY,
    )
    return KeyedClaims(
        "seikyu.txt",
        punched.encode_claims(claims_layout(LAYOUTS), PunchFile(items=tuple(first))),
        punched.encode_claims(claims_layout(LAYOUTS), PunchFile(items=tuple(first if second is None else second))),
        punched.encode_slips(slips_layout(LAYOUTS), PunchFile(items=(slip,))),
    )


def states(connection: psycopg.Connection, *numbers: int) -> list[str]:
    rows = connection.execute(
        "SELECT state FROM refund_case WHERE number = ANY(%s) ORDER BY number", [list(numbers)]
    ).fetchall()
    return [state for (state,) in rows]


def test_a_delivery_that_agrees_is_registered_whole(connection) -> None:
    one, two = notified(connection, "1"), notified(connection, "2")
    done = register_claims(
        connection, WARD, delivery([keyed(*one, 1), keyed(*two, 2)]), LAYOUTS, rules=RULES, acting=CLERK
    )
    assert (done.state, done.count, done.faults) == ("posted", 2, ())
    assert states(connection, one[0], two[0]) == ["claimed", "claimed"]


@pytest.mark.parametrize(
    ("spoil", "field", "taken"),
    [
        (lambda a, b: delivery([a, b], [a, replace(b, account_number="7654321")]), "account_number", 1),
        (lambda a, b: delivery([a, b], [a]), "", 1),
        (lambda a, b: delivery([a, b], count=3), "count", 0),
        (lambda a, b: delivery([a, replace(b, amount=b.amount + 1)]), "amount", 1),
        (lambda a, b: delivery([a, replace(b, claim_number="9999999999")]), "claim_number", 1),
        (lambda a, b: delivery([a, replace(b, branch_code="999")]), "branch_code", 1),
        (lambda a, b: delivery([a, replace(b, deposit="7")]), "deposit", 1),
        (lambda a, b: delivery([a, replace(b, account_number="")]), "account_number", 1),
        (lambda a, b: delivery([a, replace(b, holder_kana="ﾜﾞﾀﾞ")]), "holder", 1),
        (lambda a, _: delivery([a, replace(a, sequence=2)]), "claim_number", 1),
    ],
    ids=[
        "keyed differently",
        "keyed once",
        "a paper missing",
        "another amount",
        "no such case",
        "no such branch",
        "no such deposit",
        "no account number",
        "no such kana",
        "twice",
    ],
)
def test_a_row_that_is_wrong_holds_the_file_and_only_itself_stays_out(
    connection, spoil, field: str, taken: int
) -> None:
    """A person other than the receiver takes the rest; a bundle that does not come out is wrong as a whole."""
    one, two = notified(connection, "1"), notified(connection, "2")
    papers = spoil(keyed(*one, 1), keyed(*two, 2))
    held = register_claims(connection, WARD, papers, LAYOUTS, rules=RULES, acting=CLERK)
    assert (held.state, held.count) == ("held", 0)
    assert field in {fault.field for fault in held.faults}
    assert states(connection, one[0], two[0]) == ["notified", "notified"]
    if not taken:
        assert refusal(connection, held.file_id, CHIEF) == "nothing_to_accept"
        return
    assert refusal(connection, held.file_id, CLERK) == "second_person_needed"
    done = accept(connection, held.file_id, LAYOUTS, reason="事業者に訂正を求めた", rules=RULES, acting=CHIEF)
    assert (done.state, done.count) == ("posted", taken)
    assert states(connection, one[0], two[0]) == ["claimed", "notified"]
    assert field in {fault.field for fault in faults_of(connection, held.file_id)}


def refusal(connection: psycopg.Connection, file_id: UUID, acting: Acting) -> str:
    with pytest.raises(OperatorFault) as fault:
        accept(connection, file_id, LAYOUTS, reason="残りを登録", rules=RULES, acting=acting)
    return fault.value.code


def test_a_corrected_delivery_comes_again_and_what_was_taken_is_not_doubled(connection) -> None:
    one, two = notified(connection, "1"), notified(connection, "2")
    wrong = delivery([keyed(*one, 1), replace(keyed(*two, 2), amount=two[1] + 1)])
    held = register_claims(connection, WARD, wrong, LAYOUTS, rules=RULES, acting=CLERK)
    accept(connection, held.file_id, LAYOUTS, reason="事業者に訂正を求めた", rules=RULES, acting=CHIEF)
    (before,) = connection.execute("SELECT count(*) FROM refund_event").fetchone()
    same = register_claims(connection, WARD, wrong, LAYOUTS, rules=RULES, acting=CLERK)
    assert (same.file_id, same.state, same.count) == (held.file_id, "posted", 0)
    right = delivery([keyed(*one, 1), keyed(*two, 2)])
    done = register_claims(connection, WARD, right, LAYOUTS, rules=RULES, acting=CLERK)
    assert (done.state, done.count, done.known, done.faults) == ("posted", 1, 1, ())
    assert states(connection, one[0], two[0]) == ["claimed", "claimed"]
    assert connection.execute("SELECT count(*) FROM refund_event").fetchone() == (before + 1,)


def test_a_corrected_second_keying_is_another_file_though_the_first_is_the_same(connection) -> None:
    one = notified(connection, "1")
    claim = keyed(*one, 1)
    held = register_claims(
        connection, WARD, delivery([claim], [replace(claim, branch_code="002")]), LAYOUTS, rules=RULES, acting=CLERK
    )
    assert held.state == "held"
    done = register_claims(connection, WARD, delivery([claim]), LAYOUTS, rules=RULES, acting=CLERK)
    assert (done.state, done.count) == ("posted", 1)


def test_a_claim_that_stands_with_another_account_is_never_changed_by_a_file(connection) -> None:
    number, amount = notified(connection, "1")
    register_claims(connection, WARD, delivery([keyed(number, amount)]), LAYOUTS, rules=RULES, acting=CLERK)
    other = delivery([replace(keyed(number, amount), account_number="7654321")])
    held = register_claims(connection, WARD, other, LAYOUTS, rules=RULES, acting=CLERK)
    assert [(fault.code, fault.whose) for fault in held.faults] == [("claimed_otherwise", "office")]
    row = connection.execute("SELECT account_number FROM refund_case WHERE number = %s", [number]).fetchone()
    assert row == ("1234567",)


def test_a_record_that_cannot_be_read_is_kept_with_its_bytes_and_the_others_are_taken(connection) -> None:
    """The second keying has the paper, so its bundle comes out: only this paper waits."""
    one, two = notified(connection, "1"), notified(connection, "2")
    sent = delivery([keyed(*one, 1), keyed(*two, 2)])
    spoilt = sent.first.replace(f"{two[0]:010d}20261120".encode(), f"{two[0]:010d}20261399".encode())
    assert spoilt != sent.first
    held = register_claims(connection, WARD, replace(sent, first=spoilt), LAYOUTS, rules=RULES, acting=CLERK)
    assert {(fault.line, fault.code) for fault in held.faults} == {(2, "not_a_date"), (0, "keyings_differ")}
    kept = connection.execute("SELECT content FROM received_file WHERE id = %s", [held.file_id]).fetchone()
    assert bytes(kept[0]) == spoilt
    fault = next(one for one in kept_faults(connection, held.file_id) if one.line)
    _, _, shown = record_of(connection, WARD, fault.id, lengths={"refund_claims": 100})
    assert f"{two[0]:010d}20261399" in shown
    done = accept(connection, held.file_id, LAYOUTS, reason="事業者に訂正を求めた", rules=RULES, acting=CHIEF)
    assert (done.count, states(connection, one[0], two[0])) == (1, ["claimed", "notified"])
    clear_fault(connection, fault.id, how="原票を画面で登録した", acting=CLERK)
    with pytest.raises(OperatorFault) as again:
        clear_fault(connection, fault.id, how="原票を画面で登録した", acting=CLERK)
    assert again.value.code == "problem_unknown"


def test_a_file_that_is_none_is_kept_and_sent_back_and_may_come_again(connection) -> None:
    one = notified(connection, "1")
    sent = delivery([keyed(*one, 1)])
    broken = replace(sent, first=b"x" * 7)
    held = register_claims(connection, WARD, broken, LAYOUTS, rules=RULES, acting=CLERK)
    assert (held.state, {fault.code for fault in held.faults}) == ("held", {"broken_length"})
    assert refusal(connection, held.file_id, CHIEF) == "nothing_to_accept"
    reject(connection, held.file_id, reason="取り直し", acting=CLERK)
    again = register_claims(connection, WARD, broken, LAYOUTS, rules=RULES, acting=CLERK)
    assert again.file_id != held.file_id
    assert register_claims(connection, WARD, sent, LAYOUTS, rules=RULES, acting=CLERK).count == 1


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
    done = register_claims(connection, WARD, delivery(papers), LAYOUTS, rules=RULES, acting=CLERK)
    assert (done.state, done.count, done.total) == ("posted", 1, papers[0].amount)
    assert [(left.place, left.field) for left in faults_of(connection, done.file_id)] == [
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
    assert register_claims(connection, WARD, delivery([claim]), LAYOUTS, rules=RULES, acting=CLERK).count == 1
    row = connection.execute(
        "SELECT bank_code, branch_code, account_number FROM refund_case WHERE number = %s", [number]
    ).fetchone()
    assert row == ("9900", "058", "1234567")


LATER = Acting("clerk", "ledger-test", datetime(2026, 12, 18, 1, tzinfo=UTC))
LATER_CHIEF = Acting("chief", "ledger-test", datetime(2026, 12, 18, 2, tzinfo=UTC))


def paid(connection: psycopg.Connection, person: str) -> tuple[int, int]:
    """A case whose refund was paid on 2026-12-15: its number and the yen."""
    number, amount = notified(connection, person)
    pay(connection, number)
    return number, amount


def pay(connection: psycopg.Connection, number: int, on: date = date(2026, 12, 15)) -> None:
    (case,) = connection.execute("SELECT id FROM refund_case WHERE number = %s", [number]).fetchone()
    refund.claim(connection, case, ACCOUNT, claimed_on=DAY, source="1", rules=RULES, acting=CLERK)
    refund.transfer(connection, case, on=on, source="f", acting=CLERK)


def came_back(number: int, amount: int) -> ReturnedTransfer:
    return ReturnedTransfer(
        reference=f"{number:020d}",
        amount=amount,
        returned_on=date(2026, 12, 17),
        reason=REASON,
        bank_code=ACCOUNT.bank_code,
        branch_code=ACCOUNT.branch_code,
        account_number=ACCOUNT.account_number,
    )


def returned(connection: psycopg.Connection, *items: ReturnedTransfer, name: str = "modori.txt") -> Registered:
    content = returned_transfers.encode(returned_layout(LAYOUTS), ReturnedFile(transfers=items))
    return register_returned(connection, WARD, name, content, LAYOUTS, acting=LATER)


def test_transfers_that_came_back_are_owed_again(connection) -> None:
    number, amount = paid(connection, "1")
    done = returned(connection, came_back(number, amount))
    assert (done.state, done.count, done.total, states(connection, number)) == ("posted", 1, amount, ["returned"])
    assert returned(connection, came_back(number, amount), name="another-name.txt").count == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 1}, "transfer_amount"),
        ({"reference": f"{10**15:020d}"}, "transfer_unknown"),
        ({"returned_on": date(2026, 12, 19)}, "day_to_come"),
        ({"returned_on": date(2026, 12, 14)}, "before_transfer"),
        ({"account_number": "7654321"}, "account_altered"),
    ],
)
def test_a_transfer_that_cannot_have_come_back_so_stays_out_and_the_others_are_taken(connection, changes, code) -> None:
    """And the corrected file, with the first row again, moves only the second."""
    one, two = paid(connection, "1"), paid(connection, "2")
    held = returned(connection, came_back(*one), replace(came_back(*two), **changes))
    assert [(fault.line, fault.code, fault.whose) for fault in held.faults] == [(2, code, "bank")]
    assert states(connection, one[0], two[0]) == ["paid", "paid"]
    done = accept(connection, held.file_id, LAYOUTS, reason="銀行に確認中", rules=RULES, acting=LATER_CHIEF)
    assert (done.count, states(connection, one[0], two[0])) == (1, ["returned", "paid"])
    again = returned(connection, came_back(*one), came_back(*two))
    assert (again.state, again.count, again.known) == ("posted", 1, 1)
    assert states(connection, one[0], two[0]) == ["returned", "returned"]


def test_an_old_row_never_takes_back_the_transfer_made_after_it(connection) -> None:
    """Paid, came back, paid again to a new account: the first file's row, told again, is of the first transfer."""
    one, two = paid(connection, "1"), paid(connection, "2")
    returned(connection, came_back(*one))
    pay(connection, one[0], on=date(2026, 12, 18))
    done = returned(connection, came_back(*one), came_back(*two))
    assert (done.count, done.known, states(connection, one[0], two[0])) == (1, 1, ["paid", "returned"])


def test_the_same_reference_twice_in_a_file_is_taken_once(connection) -> None:
    one = paid(connection, "1")
    held = returned(connection, came_back(*one), came_back(*one))
    assert [(fault.line, fault.code) for fault in held.faults] == [(2, "twice")]
    done = accept(connection, held.file_id, LAYOUTS, reason="銀行に確認中", rules=RULES, acting=LATER_CHIEF)
    assert (done.count, done.total) == (1, one[1])
