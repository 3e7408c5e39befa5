"""Files of money for the desk: written as each channel would send them, by the layouts in use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from kofu.cli.up.day_in_progress.desk import ClaimToPay, Desk
from kofu.ledger.debit.codecs.direct_debit import (
    DebitDeposit,
    DebitFile,
    DebitHeader,
    DebitLine,
    DebitResult,
    encode_result,
)
from kofu.ledger.formats.zengin_kana import to_zengin
from kofu.ledger.payments.codecs import convenience_reports, electronic
from kofu.ledger.payments.codecs.convenience_reports import ReportFile, StoreReport, reports_layout
from kofu.ledger.payments.codecs.electronic import ElectronicFile, ElectronicPayment, electronic_layout
from kofu.ledger.payments.domain.convenience import ReportEvent
from kofu.ledger.slips.codecs.barcode import Barcode
from kofu.ledger.slips.codecs.convenience import Slip, SlipKey, barcode_for, barcode_profile
from kofu.ledger.slips.codecs.customer_numbers import customer_number


def reported(desk: Desk, claim: ClaimToPay, on: date, *, event: ReportEvent, at: str, store: str) -> StoreReport | None:
    """StoreReport a slip of `claim` as paid at a store; None where the slip can have no barcode."""
    key = SlipKey(
        fiscal_year=claim.fiscal_year,
        tax=claim.tax,
        notice_number=claim.notice_number,
        installment=claim.installment,
    )
    slip = Slip(key=key, amount=claim.due, pay_by=max(claim.due_date, on + timedelta(days=30)))
    barcode = barcode_for(barcode_profile(desk.layouts), slip, printed_on=on)
    if not isinstance(barcode, Barcode):
        return None
    return StoreReport(
        event=event,
        barcode=barcode.digits,
        received_on=on,
        received_at=at,
        amount=claim.due,
        chain="0001",
        store=store,
        transferred_on=desk.yesterday if event is ReportEvent.CONFIRM else None,
    )


def store_file(desk: Desk, reports: Sequence[StoreReport | None]) -> bytes:
    """Write 速報, 速報取消 or 確報 of the collection agency."""
    header = (("created_on", desk.yesterday), ("agency", "MIHON"))
    known = tuple(report for report in reports if report is not None)
    return convenience_reports.encode(reports_layout(desk.layouts), ReportFile(reports=known, header=header))


def paid_online(claim: ClaimToPay, on: date, number: int, *, notice_number: str = "") -> ElectronicPayment:
    """Say that a claim was paid online; `notice_number`: another one than the claim's stands in the record."""
    return ElectronicPayment(
        transaction=f"{on:%Y%m%d}{number:06d}",
        notice_number=notice_number or claim.notice_number,
        installment=claim.installment,
        received_on=on,
        amount=claim.due,
        fiscal_year=claim.fiscal_year,
        tax=claim.tax,
        method=("ペイジー", "eL-QR", "クレジットカード")[number % 3],
        transferred_on=on + timedelta(days=1),
    )


def online_file(desk: Desk, payments: Sequence[ElectronicPayment]) -> bytes:
    """Write the payments of 電子納付."""
    return electronic.encode(electronic_layout(desk.layouts), ElectronicFile(payments=tuple(payments)))


def bank_answer(desk: Desk, claims: Sequence[ClaimToPay], debit_on: date, *, failed: int) -> bytes:
    """Write the bank's answer of 口座振替: the first `failed` accounts had too little money (資金不足)."""
    profile = barcode_profile(desk.layouts)
    lines = []
    for place, claim in enumerate(claims):
        number = customer_number(profile, claim.notice_number, claim.installment)
        if number is None:
            continue
        lines.append(
            DebitLine(
                bank_code="0001",
                bank_name="ﾐｽﾞﾎ",
                branch_code="001",
                branch_name="ﾄｳｷﾖｳ",
                deposit=DebitDeposit.ORDINARY,
                account_number=f"{7_100_000 + place}",
                holder_kana=to_zengin(claim.kana) if claim.kana else "ﾐﾎﾝ",
                amount=claim.due,
                new_code=None,
                customer_number=number,
                result=DebitResult.SHORT_OF_FUNDS if place < failed else DebitResult.PAID,
            )
        )
    consignor = desk.ledger.debit
    header = DebitHeader(
        consignor_code=consignor.consignor_code,
        consignor_name=to_zengin(consignor.consignor_name),
        debit_on=debit_on,
        bank_code=consignor.bank_code,
        bank_name="ﾐｽﾞﾎ",
    )
    return encode_result(DebitFile(header=header, lines=tuple(lines)))
