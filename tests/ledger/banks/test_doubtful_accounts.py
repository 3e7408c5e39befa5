"""ゆうちょ 10100-00000001: an account that can hardly exist is neither paid nor debited before two people looked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import UUID

import psycopg
import pytest
from tests.ledger.overpayments.refunds import CHIEF, CLERK, RULES, overpaid, proposed
from tests.ledger.small_ledger import DUE, WARD, by, new_ledger
from tests.staff_screens import LedgerScreens

from kofu.core.errors import OperatorFault
from kofu.ledger.banks.banks import check_account, check_passbook
from kofu.ledger.banks.domain.bank_accounts import BankAccount, can_hardly_exist
from kofu.ledger.banks.doubtful_accounts import confirm_account, doubtful_accounts
from kofu.ledger.debit.domain.direct_debit import NotDebited
from kofu.ledger.debit.mandates import register_mandate
from kofu.ledger.debit.request_debits import request_debits
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.pay import pay_refunds
from kofu.ledger.overpayments.payable import payable, waits_for_a_look
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.slips.codecs.convenience import barcode_profile

pytestmark = pytest.mark.storage
PROFILE = ledger_profile(WARD)
DOUBTFUL = check_passbook(symbol="10100", number="00000001", savings=False, holder="ミホン　タロウ")
SPRING = date(2026, 4, 1)


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def claimed(connection: psycopg.Connection, person: str, account: BankAccount) -> UUID:
    overpaid(connection, person, paid=500_000, reduced=400_000, owed=30_000)
    case = proposed(connection, person)
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    refund.claim(
        connection, case, account, claimed_on=date(2026, 11, 20), source="請求書", rules=RULES, acting=CLERK,
        holder_confirmed="本人の口座",
    )  # fmt: skip
    return case


def test_only_a_number_of_zeros_can_hardly_exist() -> None:
    assert (DOUBTFUL.branch_code, DOUBTFUL.account_number) == ("018", "0000000")
    assert can_hardly_exist(DOUBTFUL)
    for number in ("0000001", "0012345", "1000000", "9999999"):
        assert not can_hardly_exist(replace(DOUBTFUL, account_number=number))


def test_a_holder_is_kept_as_banks_keep_it_and_without_spaces_around() -> None:
    """カヲル, ヱビス: bank practice; ﾜﾞ: zengin4j ADR-0028."""
    given = {"bank_code": "0001", "branch_code": "001", "account_type": "1", "account_number": "1234567"}
    assert check_account(**given, holder="　ヱビス カヲル ").holder == "ｴﾋﾞｽ ｶｵﾙ"
    for wrong in ("ヷン", "  ", "ｱﾞ"):
        with pytest.raises(Exception, match=r"名義|濁点"):
            check_account(**given, holder=wrong)


def test_a_refund_to_such_an_account_waits_for_another_person(connection) -> None:
    case = claimed(connection, "1", DOUBTFUL)
    other = claimed(connection, "2", replace(DOUBTFUL, account_number="1234567"))
    assert [payout.case_id for payout in payable(connection, WARD)] == [other]
    assert waits_for_a_look(connection, WARD) == {case}
    (waiting,) = doubtful_accounts(connection, WARD)
    assert waiting.entered_by == CLERK.actor
    with pytest.raises(OperatorFault) as own:
        confirm_account(connection, WARD, DOUBTFUL, reason="通帳の写し", acting=CLERK)
    assert own.value.code == "second_person_needed"
    with pytest.raises(OperatorFault) as unsaid:
        confirm_account(connection, WARD, DOUBTFUL, reason=" ", acting=CHIEF)
    assert unsaid.value.code == "reason_needed"
    confirm_account(connection, WARD, DOUBTFUL, reason="通帳の写し", acting=CHIEF)
    assert (waits_for_a_look(connection, WARD), doubtful_accounts(connection, WARD)) == (set(), [])
    made = pay_refunds(
        connection, WARD, PROFILE.transfer, on=date(2026, 12, 15), answers=PROFILE.answer_rules, acting=CHIEF
    )
    assert made.count == 2


def test_a_confirmation_is_of_one_account_and_never_changed(connection) -> None:
    claimed(connection, "1", DOUBTFUL)
    with pytest.raises(OperatorFault) as unknown:
        confirm_account(connection, WARD, replace(DOUBTFUL, branch_code="028"), reason="x", acting=CHIEF)
    assert unknown.value.code == "account_unknown"
    confirm_account(connection, WARD, DOUBTFUL, reason="通帳の写し", acting=CHIEF)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM account_confirmation")


def test_such_an_account_is_not_debited_before_another_person_confirms_it(system_database) -> None:
    clerk = by("clerk")
    with psycopg.connect(new_ledger(system_database).app_url, autocommit=True) as connection:
        for person, account in (("3", DOUBTFUL), ("4", replace(DOUBTFUL, account_number="1234567"))):
            register_mandate(connection, WARD, person, account, applied_on=SPRING, starts_on=SPRING, acting=clerk)

        def asked():
            return request_debits(
                connection, WARD, PROFILE.debit, barcode_profile(Layouts(None, specimen=True)), debit_on=DUE,
                answers=PROFILE.answer_rules, acting=clerk,
            )  # fmt: skip

        first = asked()
        assert (first.count, [left.why for left in first.left_out]) == (1, [NotDebited.DOUBTFUL])
        confirm_account(connection, WARD, DOUBTFUL, reason="依頼書の控え", acting=by("chief"))
        second = asked()
        assert (second.count, second.left_out) == (1, ())


def words(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_account_is_confirmed_on_a_screen_of_its_own(ledger_screens: LedgerScreens) -> None:
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        register_mandate(connection, WARD, "77", DOUBTFUL, applied_on=SPRING, starts_on=SPRING, acting=by("clerk"))
    page = ledger_screens.client("approver").get("/debit/doubtful/")
    assert "口座振替 77" in words(page)
    given = {"bank_code": "9900", "branch_code": "018", "account_type": "1", "account_number": "0000000"}
    approver = ledger_screens.client("approver")
    refused = approver.post("/debit/doubtful/confirm/", given, follow=True)
    assert "何で確かめたかを入力してください。" in words(refused)
    done = approver.post("/debit/doubtful/confirm/", given | {"reason": "依頼書の控え"}, follow=True)
    assert "口座を確認しました。" in words(done)
    assert "確認を待つ口座はありません。" in words(done)
