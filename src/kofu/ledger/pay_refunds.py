"""⑩ 還付の支払: one file of 総合振込 for every refund that was claimed, and each of them posted as paid out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg

from kofu.core.errors import OperatorFault
from kofu.ledger.adapters.banks import names_of
from kofu.ledger.adapters.ledger_profile import Consignor
from kofu.ledger.codecs.bulk_transfer import (
    OwnDeposit,
    TransferDeposit,
    TransferFile,
    TransferHeader,
    TransferLine,
    TransferNewCode,
    encode,
)
from kofu.ledger.codecs.zengin_kana import to_zengin
from kofu.ledger.refund import Payout, payable, transfer
from kofu.ledger.under import Under


@dataclass(frozen=True, slots=True)
class MadeTransfers:
    """A file of transfers: its name, its bytes, how many, yen in all."""

    name: str
    content: bytes
    count: int
    total: int


def pay_refunds(
    connection: psycopg.Connection, municipality_code: str, consignor: Consignor, *, on: date, under: Under
) -> MadeTransfers:
    """Make the file for `on` (振込指定日) and post every refund in it, in one transaction: all of them or none.

    Raises `OperatorFault` `nothing_to_pay`, and `BankProblem` where a bank or branch is not in the list any more.
    """
    with connection.transaction():
        payouts = payable(connection, municipality_code)
        if not payouts:
            raise OperatorFault("nothing_to_pay", "no refund was claimed that is not paid yet")
        content = encode(_file(payouts, consignor, on))
        name = f"furikomi-{on:%Y%m%d}-{hashlib.sha256(content).hexdigest()[:8]}.txt"
        for payout in payouts:
            transfer(connection, payout.case_id, on=on, source=name, under=under)
    return MadeTransfers(name, content, len(payouts), sum(payout.amount for payout in payouts))


def _file(payouts: list[Payout], consignor: Consignor, on: date) -> TransferFile:
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
        ),
        lines=tuple(_line(payout) for payout in payouts),
    )


def _line(payout: Payout) -> TransferLine:
    account = payout.account
    bank, branch = names_of(account.bank_code, account.branch_code)
    return TransferLine(
        bank_code=account.bank_code,
        bank_name=bank[:15],
        branch_code=account.branch_code,
        branch_name=branch[:15],
        deposit=TransferDeposit(account.account_type),
        account_number=account.account_number,
        recipient_kana=account.holder,
        amount=payout.amount,
        new_code=TransferNewCode.FIRST,
        reference=f"{payout.number:020d}",
    )


def case_of_reference(connection: psycopg.Connection, municipality_code: str, reference: str) -> UUID | None:
    """Find the case a transfer belongs to by its 顧客コード, or None."""
    row = connection.execute(
        "SELECT id FROM refund_case WHERE municipality_code = %s AND number = %s", [municipality_code, int(reference)]
    ).fetchone()
    return row[0] if row else None
