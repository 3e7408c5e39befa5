"""⑩ 還付の支払: one file of 総合振込 for every refund that was claimed, and each of them posted as paid out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.banks import names_of
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.formats.bank_forms import BankForm, form_of
from kofu.ledger.formats.zengin_kana import to_zengin
from kofu.ledger.overpayments.codecs.bulk_transfer import (
    OwnDeposit,
    TransferDeposit,
    TransferFile,
    TransferHeader,
    TransferNewCode,
    TransferRecord,
    encode,
)
from kofu.ledger.overpayments.domain.file_rows import PaidTransfer
from kofu.ledger.overpayments.domain.refunds import RefundEvent
from kofu.ledger.overpayments.payable import Payout, payable
from kofu.ledger.overpayments.payees import payees_of
from kofu.ledger.overpayments.refund import transfer
from kofu.ledger.profile.domain.answer_rules import AnswerRules, OutgoingKind
from kofu.ledger.profile.ledger_profile import Consignor
from kofu.ledger.sent_files.answers import sent_out

POSITIONS = 10**16  # 顧客コード: four digits of the payee's position, sixteen of the case's number


@dataclass(frozen=True, slots=True)
class MadeTransfers:
    """A file of transfers: its name, its bytes, how many, yen in all."""

    name: str
    content: bytes
    count: int
    total: int


def pay_refunds(
    connection: psycopg.Connection,
    municipality_code: str,
    consignor: Consignor,
    *,
    on: date,
    answers: AnswerRules,
    acting: Acting,
    forms: Sequence[BankForm] = (),
) -> MadeTransfers:
    """Make the file for `on` (振込指定日) and post every refund in it, in one transaction: all of them or none.

    Of a dead person's refund each heir has a line of their own; where no heirs are registered for it, it waits: the
    dead person's account is never paid. `forms`: how each bank wants its files.

    Raises `OperatorFault` `nothing_to_pay`, and `BankProblem` where a bank or branch is not in the list any more.
    """
    with connection.transaction():
        payouts = payable(connection, municipality_code)
        if not payouts:
            raise OperatorFault("nothing_to_pay", "no refund was claimed that is not paid yet")
        form = form_of(forms, consignor.bank_code, day_in_japan(acting.now))
        content = encode(_file(payouts, consignor, on, form))
        name = f"furikomi-{on:%Y%m%d}-{hashlib.sha256(content).hexdigest()[:8]}.txt"
        for case_id in dict.fromkeys(payout.case_id for payout in payouts):
            transfer(connection, case_id, on=on, source=name, acting=acting)
        sent_out(
            connection, municipality_code, OutgoingKind.REFUND_TRANSFER, name,
            counted_from=on, reference=None, answers=answers, acting=acting, content=content,
        )  # fmt: skip
    return MadeTransfers(name, content, len(payouts), sum(payout.amount for payout in payouts))


def _file(payouts: list[Payout], consignor: Consignor, on: date, form: BankForm) -> TransferFile:
    bank, branch = names_of(consignor.bank_code, consignor.branch_code)
    return TransferFile(
        header=TransferHeader(
            consignor_code=consignor.consignor_code,
            consignor_name=to_zengin(consignor.consignor_name),
            transfer_on=on,
            bank_code=consignor.bank_code,
            bank_name=bank[:15],
            branch_code=consignor.branch_code,
            branch_name=branch[:15],
            deposit=OwnDeposit(consignor.deposit),
            account_number=consignor.account_number,
            code_mark=form.code_mark,
        ),
        lines=tuple(_line(payout) for payout in payouts),
        newline=form.newline,
        tail=form.tail,
    )


def _line(payout: Payout) -> TransferRecord:
    account = payout.account
    bank, branch = names_of(account.bank_code, account.branch_code)
    return TransferRecord(
        bank_code=account.bank_code,
        bank_name=bank[:15],
        branch_code=account.branch_code,
        branch_name=branch[:15],
        deposit=TransferDeposit(account.account_type),
        account_number=account.account_number,
        recipient_kana=account.holder,
        amount=payout.amount,
        new_code=TransferNewCode.FIRST,
        reference=f"{payout.position:04d}{payout.number:016d}",
    )


@dataclass(frozen=True, slots=True)
class PaidOut:
    """What a 顧客コード of a transfer means: the case, which payee, and what is known of the transfer."""

    case_id: UUID
    position: int
    transfer: PaidTransfer


def paid_of_reference(connection: psycopg.Connection, municipality_code: str, reference: str) -> PaidOut | None:
    """Find and lock what a transfer paid by its 顧客コード, or None."""
    position, number = divmod(int(reference), POSITIONS)
    row = connection.execute(
        "SELECT id, state, refund_total, transfer_on, bank_code, branch_code, account_type, account_number,"
        " account_holder, EXISTS (SELECT FROM refund_event WHERE case_id = refund_case.id AND event = %s)"
        " FROM refund_case WHERE municipality_code = %s AND number = %s FOR UPDATE",
        [RefundEvent.TRANSFER_FAILED.value, municipality_code, number],
    ).fetchone()
    if row is None:
        return None
    case_id, state, total, paid_on, *account, came_back = row
    payees = payees_of(connection, case_id)
    if not payees and position:
        return None
    if not payees:
        bank, branch, kind, account_number, holder = account
        sent_to = BankAccount(
            bank_code=bank, branch_code=branch, account_type=kind, account_number=account_number, holder=holder
        )
        return PaidOut(case_id, 0, PaidTransfer(state, total, paid_on, sent_to, came_back))
    return _paid_to_payee(connection, case_id, position)


def _paid_to_payee(connection: psycopg.Connection, case_id: UUID, position: int) -> PaidOut | None:
    """Find what an heir was paid under a position, also one whose account was replaced since; None where none was."""
    row = connection.execute(
        "SELECT amount, bank_code, branch_code, account_type, account_number, account_holder,"
        " coalesce((SELECT event FROM refund_payee_event WHERE payee_id = payee.id ORDER BY id DESC LIMIT 1),"
        " 'waiting'), (SELECT max(effective_on) FROM refund_payee_event WHERE payee_id = payee.id AND event = 'paid')"
        " FROM refund_payee AS payee WHERE case_id = %s AND position = %s",
        [case_id, position],
    ).fetchone()
    if row is None:
        return None
    amount, bank, branch, kind, number, holder, state, paid_on = row
    account = BankAccount(bank_code=bank, branch_code=branch, account_type=kind, account_number=number, holder=holder)
    return PaidOut(case_id, position, PaidTransfer(state, amount, paid_on, account, state == "returned"))
