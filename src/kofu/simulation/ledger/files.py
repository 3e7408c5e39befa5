"""The files of a simulation as their senders write them, and what each row says of a payment."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from kofu.contracts.assessment_tables import RESIDENT_TAX_CHANGES
from kofu.core.errors import ensure
from kofu.ledger.debit.codecs.direct_debit import (
    DebitDeposit,
    DebitFile,
    DebitHeader,
    DebitLine,
    DebitResult,
    encode_result,
)
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.keyed.codecs.punched import PunchFile, encode_payments, encode_slips, keyed_layout, slips_layout
from kofu.ledger.keyed.domain.keying import BatchSlip, KeyedPayment
from kofu.ledger.payments.codecs import convenience_reports, electronic
from kofu.ledger.payments.codecs.convenience_reports import ReportFile, StoreReport, reports_layout
from kofu.ledger.payments.codecs.electronic import ElectronicFile, ElectronicPayment, electronic_layout
from kofu.ledger.payments.domain.convenience import ReportEvent
from kofu.ledger.payments.files import FileKind, Keying, kind_of
from kofu.ledger.slips.codecs.barcode import Barcode
from kofu.ledger.slips.codecs.convenience import Slip, SlipKey, barcode_for, barcode_profile
from kofu.ledger.slips.codecs.customer_numbers import customer_number
from kofu.simulation.ledger.plan import DUES, DrawnNotice, DrawnPayment, Way

YEAR, TAX = 2026, "resident"
PAPERS_PER_BUNDLE = 50
BUNDLES_PER_FILE = 200
_EVENTS = {"pay": ReportEvent.CONFIRM, "advise": ReportEvent.ADVISE, "cancel": ReportEvent.CANCEL}


@dataclass(frozen=True, slots=True)
class SentRow:
    """A row of a file: what it says, for which notice, by which key its sender names the payment."""

    paid: DrawnPayment
    notice_number: str
    key: str


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it is sent. `keying`: what comes with a keyed file."""

    kind: FileKind
    content: bytes
    keying: Keying | None
    rows: tuple[SentRow, ...]


def write_file(way: Way, number: int, paid: Sequence[tuple[DrawnNotice, DrawnPayment]], layouts: Layouts) -> SentFile:
    """Write a file of a way."""
    named = [(one, one.named or notice.notice_number) for notice, one in paid]
    match way:
        case Way.STORE | Way.STORE_LATER:
            return _of_stores(named, layouts)
        case Way.ONLINE:
            return _online(named, layouts)
        case Way.DEBIT:
            return _debited(named, layouts)
        case _:
            return _keyed(number, named, layouts)


def _of_stores(named: Sequence[tuple[DrawnPayment, str]], layouts: Layouts) -> SentFile:
    profile = barcode_profile(layouts)
    rows, reports = [], []
    for one, notice_number in named:
        key = SlipKey(fiscal_year=YEAR, tax=TAX, notice_number=notice_number, installment=one.installment)
        barcode = barcode_for(profile, Slip(key=key, amount=one.yen, pay_by=date(2027, 3, 31)), printed_on=one.on)
        ensure(isinstance(barcode, Barcode), "slips of the simulation can be paid at a store")
        report = StoreReport(
            event=_EVENTS[one.event],
            barcode=barcode.digits if isinstance(barcode, Barcode) else "",
            received_on=one.on,
            received_at=f"{one.mark % 240_000:06d}",
            amount=one.yen,
            chain=f"{one.mark % 9 + 1:04d}",
            store=f"{one.mark:08d}",
        )
        reports.append(report)
        rows.append(SentRow(one, notice_number, f"convenience/{report.key}"))
    header = (("created_on", date(2026, 11, 22)), ("agency", "MIHON"))
    content = convenience_reports.encode(reports_layout(layouts), ReportFile(reports=tuple(reports), header=header))
    return SentFile(kind_of("convenience"), content, None, tuple(rows))


def _online(named: Sequence[tuple[DrawnPayment, str]], layouts: Layouts) -> SentFile:
    rows, payments = [], []
    for one, notice_number in named:
        payments.append(
            ElectronicPayment(
                transaction=f"{one.mark:014d}",
                notice_number=notice_number,
                installment=one.installment,
                received_on=one.on,
                amount=one.yen,
                fiscal_year=YEAR - one.wrong,
                tax=TAX,
                method=("ペイジー", "eL-QR", "クレジットカード")[one.mark % 3],
            )
        )
        rows.append(SentRow(one, notice_number, f"electronic/{one.mark:014d}"))
    content = electronic.encode(electronic_layout(layouts), ElectronicFile(payments=tuple(payments)))
    return SentFile(kind_of("electronic"), content, None, tuple(rows))


def _debited(named: Sequence[tuple[DrawnPayment, str]], layouts: Layouts) -> SentFile:
    profile = barcode_profile(layouts)
    rows, lines = [], []
    debit_on = named[0][0].on
    for one, notice_number in named:
        ensure(one.on == debit_on, "a file of 口座振替 is of one day")
        number = customer_number(profile, notice_number, one.installment) or ""
        lines.append(
            DebitLine(
                bank_code="0001",
                bank_name="ﾐｽﾞﾎ",
                branch_code="001",
                branch_name="ﾄｳｷﾖｳ",
                deposit=DebitDeposit.ORDINARY,
                account_number=f"{one.mark % 10_000_000:07d}",
                holder_kana="ﾐﾎﾝ",
                amount=one.yen,
                new_code=None,
                customer_number=number,
                result=DebitResult.PAID if one.event == "pay" else DebitResult.SHORT_OF_FUNDS,
            )
        )
        rows.append(SentRow(one, notice_number, f"direct_debit/{debit_on:%Y%m%d}|{number}"))
    header = DebitHeader(
        consignor_code="1399980002", consignor_name="ﾐﾎﾝｸ", debit_on=debit_on, bank_code="0001", bank_name="ﾐｽﾞﾎ"
    )
    content = encode_result(DebitFile(header=header, lines=tuple(lines)))
    return SentFile(kind_of("debit_result"), content, None, tuple(rows))


def _keyed(number: int, named: Sequence[tuple[DrawnPayment, str]], layouts: Layouts) -> SentFile:
    """Key every paper twice; one that is wrong differs, and its bundle still comes out at its slip."""
    rows, first, second, slips = [], [], [], []
    for begin in range(0, len(named), PAPERS_PER_BUNDLE):
        bundle = f"{number * BUNDLES_PER_FILE + begin // PAPERS_PER_BUNDLE:06d}"
        papers = []
        for sequence, (one, notice_number) in enumerate(named[begin : begin + PAPERS_PER_BUNDLE], start=1):
            papers.append(
                KeyedPayment(
                    batch_number=bundle,
                    sequence=sequence,
                    notice_number=notice_number,
                    installment=one.installment,
                    amount=one.yen - one.interest,
                    interest=one.interest,
                    received_on=one.on,
                    fiscal_year=YEAR,
                    tax=TAX,
                    place="BANK",
                )
            )
            rows.append(SentRow(one, notice_number, f"bank/{one.on:%Y%m%d}|{bundle}|{sequence}"))
            second.append(replace(papers[-1], installment="2") if one.wrong else papers[-1])
        first += papers
        total = sum(paper.total for paper in papers)
        slips.append(BatchSlip(batch_number=bundle, count=len(papers), total=total, made_on=date(2026, 11, 20)))
    keyed = keyed_layout(layouts)
    keying = Keying(
        encode_payments(keyed, PunchFile(items=tuple(second))),
        encode_slips(slips_layout(layouts), PunchFile(items=tuple(slips))),
    )
    return SentFile(kind_of("keyed"), encode_payments(keyed, PunchFile(items=tuple(first))), keying, tuple(rows))


def write_changes(notices: Sequence[DrawnNotice], effective_on: date) -> bytes:
    """Write 賦課情報 of notices that are assessed otherwise from a day on."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([column.name for column in RESIDENT_TAX_CHANGES.columns])
    for notice in notices:
        change = notice.change
        if change is None:
            continue
        more = change.yen if change.grows else -change.yen
        amounts = [claim.yen + (more if claim.installment == change.installment else 0) for claim in notice.claims]
        year = sum(amounts)
        metro = (year - 1_000) * 4 // 10
        cells = {
            "change": "increase" if change.grows else "reduce",
            "notice_number": notice.notice_number,
            "addressee_number": notice.addressee_number,
            "fiscal_year": YEAR,
            "origin_year": YEAR,
            "collection_method": "ordinary",
            "effective_on": effective_on.isoformat(),
            "reason": "確定申告による",
            "statutory_due_date": DUES["1"].isoformat(),
            "annual_amount": year,
            "ward_amount": year - 1_000 - metro,
            "metro_amount": metro,
            "forest_amount": 1_000,
            "installments": "|".join(claim.installment for claim in notice.claims),
            "due_dates": "|".join(claim.due.isoformat() for claim in notice.claims),
            "amounts": "|".join(map(str, amounts)),
        }
        rows.writerow([cells[column.name] for column in RESIDENT_TAX_CHANGES.columns])
    return text.getvalue().encode()
