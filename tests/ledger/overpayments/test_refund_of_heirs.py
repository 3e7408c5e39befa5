"""A dead person's refund is paid to the heirs: by share or as they agreed, never to the dead person's account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.overpayments.refunds import ACCOUNT, CHIEF, CLERK, PAID, RULES, WARD, overpaid, proposed, state

from kofu.core.errors import OperatorFault
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.overpayments import answers as refund_answers
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.codecs.bulk_transfer import decode
from kofu.ledger.overpayments.domain.refunds import RefundItem, part_of
from kofu.ledger.overpayments.pay import paid_of_reference, pay_refunds
from kofu.ledger.overpayments.payable import payable, waits_for_heirs
from kofu.ledger.overpayments.payees import HeirsClaim, payees_of
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.recipients.domain.heirs import Basis, Heir
from kofu.ledger.recipients.heirs import register_heirs

pytestmark = pytest.mark.storage

ON = date(2026, 12, 15)
CLAIMED = date(2026, 11, 20)
FAMILY = tuple(
    Heir(name=name, postal_code="", address="見本区", relation=relation, share=Fraction(share), signed=True)
    for name, relation, share in (("見本 花子", "妻", "1/2"), ("見本 一郎", "子", "1/4"), ("見本 二郎", "子", "1/4"))
)


def account(number: int) -> BankAccount:
    return replace(ACCOUNT, account_number=f"{number:07d}", holder="ﾐﾎﾝ")


EACH = {place: account(place + 1) for place in range(3)}


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def known(connection: psycopg.Connection, person: str, status: str = "resident") -> None:
    connection.execute(
        "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
        " postal_code, address, status, protected) VALUES (%s, %s, '見本 太郎', '', '', '', '', '',"
        " '見本区', %s, FALSE)",
        [WARD, person, status],
    )


def died(connection: psycopg.Connection, person: str) -> None:
    connection.execute("UPDATE taxpayer SET status = 'dead' WHERE addressee_number = %s", [person])


def with_heirs(connection: psycopg.Connection, person: str) -> None:
    register(connection, person, FAMILY)


def register(connection: psycopg.Connection, person: str, heirs: Sequence[Heir]) -> None:
    register_heirs(
        connection, WARD, person, heirs, basis=Basis.DECLARATION, representative=0, died_on=PAID, filed_on=PAID,
        declare_by=None, acting=CLERK,
    )  # fmt: skip


def notified(connection: psycopg.Connection, person: str) -> UUID:
    """A decided case of 371,900 yen (370,000 and 1,900 of 還付加算金)."""
    overpaid(connection, person, paid=500_000, reduced=400_000, owed=30_000)
    case = proposed(connection, person)
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    return case


def paid_to(connection: psycopg.Connection, on: date = ON) -> list[tuple[str, int]]:
    """Make the file of the day; give account and yen of each line."""
    made = pay_refunds(
        connection, WARD, ledger_profile(WARD).transfer, on=on, answers=ledger_profile(WARD).answer_rules, acting=CLERK
    )
    return [(line.account_number, line.amount) for line in decode(made.content, file=made.name, processed_on=on).lines]


def refunded(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT sum(refunded) FROM payment_balance").fetchone()
    return int(row[0]) if row else 0


def test_the_account_of_the_dead_is_refused_at_the_claim(connection) -> None:
    known(connection, "1", "dead")
    case = notified(connection, "1")
    with pytest.raises(OperatorFault) as fault:
        refund.claim(connection, case, ACCOUNT, claimed_on=CLAIMED, source="請求書", rules=RULES, acting=CLERK)
    assert fault.value.code == "payee_dead"


def test_who_dies_after_the_claim_is_not_paid_and_the_heirs_are(connection) -> None:
    known(connection, "1")
    case = notified(connection, "1")
    refund.claim(connection, case, ACCOUNT, claimed_on=CLAIMED, source="請求書", rules=RULES, acting=CLERK)
    died(connection, "1")
    assert (payable(connection, WARD), waits_for_heirs(connection, WARD)) == ([], [case])
    with pytest.raises(OperatorFault, match="no refund was claimed"):
        paid_to(connection)
    with pytest.raises(OperatorFault) as fault:
        refund.transfer(connection, case, on=ON, source="f", acting=CLERK)
    assert fault.value.code == "payee_dead"
    with_heirs(connection, "1")
    refund.claim_by_heirs(connection, case, HeirsClaim(EACH, None, CLAIMED), rules=RULES, acting=CLERK)
    assert paid_to(connection) == [("0000001", 185_950), ("0000002", 92_975), ("0000003", 92_975)]
    assert state(connection, case) == "paid"
    assert verify_ledger(connection, every_step=True).holds


def test_what_the_heirs_agreed_goes_before_the_shares(connection) -> None:
    """遺産分割協議: the whole to one heir."""
    known(connection, "1", "dead")
    with_heirs(connection, "1")
    case = notified(connection, "1")
    with pytest.raises(OperatorFault) as fault:
        refund.claim_by_heirs(
            connection, case, HeirsClaim({1: account(2)}, {1: 371_899}, CLAIMED), rules=RULES, acting=CLERK
        )
    assert fault.value.code == "agreement_not_whole"
    refund.claim_by_heirs(
        connection, case, HeirsClaim({1: account(2)}, {1: 371_900}, CLAIMED), rules=RULES, acting=CLERK
    )
    assert paid_to(connection) == [("0000002", 371_900)]


@pytest.mark.parametrize("accounts", [{}, {0: account(1)}, {**EACH, 3: account(4)}])
def test_each_heir_who_is_paid_has_one_account_and_nobody_else(connection, accounts: dict[int, BankAccount]) -> None:
    known(connection, "1", "dead")
    with_heirs(connection, "1")
    case = notified(connection, "1")
    with pytest.raises(OperatorFault) as fault:
        refund.claim_by_heirs(connection, case, HeirsClaim(accounts, None, CLAIMED), rules=RULES, acting=CLERK)
    assert fault.value.code == "payee_accounts"


def test_without_registered_heirs_and_of_the_living_no_heir_is_paid(connection) -> None:
    known(connection, "1", "dead")
    known(connection, "2")
    for person, code in (("1", "no_heirs"), ("2", "not_dead")):
        case = notified(connection, person)
        with pytest.raises(OperatorFault) as fault:
            refund.claim_by_heirs(connection, case, HeirsClaim(EACH, None, CLAIMED), rules=RULES, acting=CLERK)
        assert fault.value.code == code


def test_a_transfer_that_came_back_concerns_that_heir_alone(connection) -> None:
    """One heir's account was wrong: the other two stay paid; the third is paid once the new account is known."""
    known(connection, "1", "dead")
    with_heirs(connection, "1")
    case = notified(connection, "1")
    refund.claim_by_heirs(connection, case, HeirsClaim(EACH, None, CLAIMED), rules=RULES, acting=CLERK)
    paid_to(connection)
    whole = refunded(connection)
    number = connection.execute("SELECT number FROM refund_case").fetchone()[0]
    found = paid_of_reference(connection, WARD, f"0002{number:016d}")
    assert found is not None
    assert (found.case_id, found.transfer.state, found.transfer.amount) == (case, "paid", 92_975)
    assert refund.transfer_failed(connection, case, reason="口座名義相違", acting=CLERK, position=2) == 92_975
    assert (state(connection, case), whole - refunded(connection)) == ("returned", 92_975)
    with pytest.raises(OperatorFault) as fault:
        refund.transfer_failed(connection, case, reason="口座名義相違", acting=CLERK, position=2)
    assert fault.value.code == "payee_unknown"
    refund.claim_by_heirs(connection, case, HeirsClaim({1: account(9)}, None, CLAIMED), rules=RULES, acting=CLERK)
    assert paid_to(connection, date(2026, 12, 22)) == [("0000009", 92_975)]
    assert refunded(connection) == whole
    old, first = (paid_of_reference(connection, WARD, f"{place:04d}{number:016d}") for place in (2, 1))
    assert old is not None
    assert first is not None
    assert (old.transfer.state, old.transfer.came_back) == ("returned", True)  # told again, it is known
    assert first.transfer.paid_on == ON  # the day this heir was paid, not the case's last
    assert [payee.state for payee in payees_of(connection, case)] == ["paid", "paid", "paid"]
    assert verify_ledger(connection, every_step=True).holds


def test_the_account_of_an_heir_is_corrected_before_the_transfer_and_the_others_stay(connection) -> None:
    known(connection, "1", "dead")
    with_heirs(connection, "1")
    case = notified(connection, "1")
    refund.claim_by_heirs(connection, case, HeirsClaim(EACH, None, CLAIMED), rules=RULES, acting=CLERK)
    with pytest.raises(OperatorFault) as fault:
        refund_answers.correct_account(connection, case, account(9), reason="口座番号の誤り", acting=CLERK)
    assert fault.value.code == "payee_unknown", "which heir is meant must be said"
    refund_answers.correct_account(connection, case, account(9), reason="口座番号の誤り", acting=CLERK, position=2)
    assert sorted(paid_to(connection)) == [("0000001", 185_950), ("0000003", 92_975), ("0000009", 92_975)]
    assert verify_ledger(connection, every_step=True).holds


def test_a_transfer_that_came_back_finds_its_heir_though_the_heirs_were_registered_anew(connection) -> None:
    """A 変更届 came in between: the refund is no dead end, as long as the heir is still among them."""
    known(connection, "1", "dead")
    with_heirs(connection, "1")
    case = notified(connection, "1")
    refund.claim_by_heirs(connection, case, HeirsClaim(EACH, None, CLAIMED), rules=RULES, acting=CLERK)
    paid_to(connection)
    refund.transfer_failed(connection, case, reason="口座名義相違", acting=CLERK, position=2)
    shares = (Fraction(1, 2), Fraction(1, 2))
    others = [replace(heir, share=share) for heir, share in zip((FAMILY[0], FAMILY[2]), shares, strict=True)]
    register(connection, "1", others)
    new = HeirsClaim({1: account(9)}, None, CLAIMED)
    with pytest.raises(OperatorFault) as fault:
        refund.claim_by_heirs(connection, case, new, rules=RULES, acting=CLERK)
    assert fault.value.code == "heirs_changed"
    with_heirs(connection, "1")
    refund.claim_by_heirs(connection, case, new, rules=RULES, acting=CLERK)
    assert paid_to(connection, date(2026, 12, 22)) == [("0000009", 92_975)]
    assert verify_ledger(connection, every_step=True).holds


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 90)), min_size=1, max_size=4),
    st.lists(st.integers(1, 30), min_size=1, max_size=6),
)
def test_the_parts_of_payees_side_by_side_are_the_refunds_themselves(sizes, weights) -> None:
    refunds = [RefundItem(UUID(int=at), at, *size) for at, size in enumerate(sizes)]
    total = sum(map(sum, sizes))
    cuts = [total * sum(weights[:count]) // sum(weights) for count in range(len(weights) + 1)]
    parts = [part for first, last in pairwise(cuts) for part in part_of(refunds, first, last - first)]
    for refund_ in refunds:
        own = [part for part in parts if part.claim_id == refund_.claim_id]
        assert (sum(part.amount for part in own), sum(part.interest for part in own)) == (
            refund_.amount,
            refund_.interest,
        )
