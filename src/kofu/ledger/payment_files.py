"""③④⑤ The files payments come in, by kind: each is read by its codec into the rows of a batch.

A file the codec refuses has no rows: it is held with what the codec found and can only be sent back. Money that no
notice is named for (a barcode of another municipality, a 顧客番号 of no claim) is money all the same: it becomes a row
without a notice, which goes to 仮受.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from kofu.core.errors import OperatorFault, PeerFault
from kofu.ledger.batches import Reader
from kofu.ledger.codecs import convenience_reports, electronic, punched
from kofu.ledger.codecs.barcode import parse
from kofu.ledger.codecs.convenience import BarcodeProfile, key_of
from kofu.ledger.codecs.customer_numbers import read_customer_number
from kofu.ledger.codecs.direct_debit import DebitFile, DebitResult, compare_with_request, decode_result
from kofu.ledger.codecs.problems import FileRefused
from kofu.ledger.domain.batches import Reading, Row, RowEvent, RowProblem
from kofu.ledger.domain.claims import Channel
from kofu.ledger.domain.convenience import Event
from kofu.ledger.domain.keying import BatchSlip, KeyedPayment, Verdict, judge
from kofu.ledger.layouts_in_use import Layouts

EVENTS = {Event.ADVISE: RowEvent.ADVISE, Event.CANCEL: RowEvent.CANCEL, Event.CONFIRM: RowEvent.PAY}
HEADER_RECORDS = 1


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: stable code, its name on screens, the channel, and whether it comes with a second keying."""

    code: str
    label: str
    channel: Channel
    keyed_twice: bool = False


KINDS: tuple[FileKind, ...] = (
    FileKind("debit_result", "口座振替の結果（全銀）", Channel.DIRECT_DEBIT),
    FileKind("convenience", "コンビニ収納（速報・速報取消・確報）", Channel.CONVENIENCE),
    FileKind("electronic", "電子納付", Channel.ELECTRONIC),
    FileKind("keyed", "納付済通知書（パンチ委託の戻り）", Channel.BANK, keyed_twice=True),
)


@dataclass(frozen=True, slots=True)
class Keying:
    """What a contractor returns beside the first keying: the second one, and the slips that went out."""

    second: bytes
    slips: bytes


def kind_of(code: str) -> FileKind:
    """Find a kind. Raises `OperatorFault` `kind_unknown` naming those there are."""
    for kind in KINDS:
        if kind.code == code:
            return kind
    known = ", ".join(kind.code for kind in KINDS)
    raise OperatorFault("kind_unknown", f"no files of kind {code} are received; known: {known}")


Requested = Callable[[date], Sequence[DebitFile]]


def _nothing_requested(_debit_on: date) -> Sequence[DebitFile]:
    return ()


def reader_for(
    kind: FileKind,
    layouts: Layouts,
    *,
    name: str,
    processed_on: date,
    keying: Keying | None = None,
    requested: Requested = _nothing_requested,
) -> Reader:
    """Give the reader of a kind of file.

    `requested`: what the banks were asked for a day; an answer for such a day is held against it. Raises
    `OperatorFault` `keying_missing`, and where a layout is wrong.
    """
    if kind.keyed_twice and keying is None:
        raise OperatorFault("keying_missing", f"{name}: give the second keying and the slips of the bundles too")
    if kind.code == "debit_result":
        barcode = layouts.barcode
        return _guarded(
            lambda data: _debit_rows(
                _answered(decode_result(data, file=name, processed_on=processed_on), requested, name), barcode
            )
        )
    if kind.code == "convenience":
        reports, profile = layouts.reports, layouts.barcode
        return _guarded(lambda data: _report_rows(convenience_reports.decode(reports, data, file=name), profile))
    if kind.code == "electronic":
        layout = layouts.electronic
        return _guarded(lambda data: _electronic_rows(electronic.decode(layout, data, file=name)))
    given = keying or Keying(b"", b"")
    keyed, slips = layouts.keyed, layouts.slips
    return _guarded(
        lambda data: _keyed_rows(
            punched.decode_slips(slips, given.slips, file=f"{name} のバッチ票").items,
            punched.decode_payments(keyed, data, file=name).items,
            punched.decode_payments(keyed, given.second, file=f"{name} の第2打鍵").items,
        )
    )


def _guarded(read: Reader) -> Reader:
    """Make a refusal of the codec the problems of a file without rows."""

    def reading(data: bytes) -> Reading:
        try:
            return read(data)
        except FileRefused as refused:
            problems = tuple(
                RowProblem(
                    problem.record or 0,
                    problem.field,
                    problem.reason,
                    f"{problem.found}; {problem.advice}",
                )
                for problem in refused.problems
            )
            return Reading((), problems)

    return reading


def _answered(result: DebitFile, requested: Requested, name: str) -> DebitFile:
    """Hold an answer against the request of its day it has most in common with. Raises `FileRefused`."""
    answered = {line.customer_number for line in result.lines}
    asked = requested(result.header.debit_on)
    if asked:
        mine = max(asked, key=lambda request: sum(line.customer_number in answered for line in request.lines))
        compare_with_request(mine, result, file=name)
    return result


def _debit_rows(result: DebitFile, profile: BarcodeProfile) -> Reading:
    rows = []
    for line, debit in enumerate(result.lines, start=1 + HEADER_RECORDS):
        number = read_customer_number(profile, debit.customer_number)
        paid = debit.result is DebitResult.PAID
        rows.append(
            Row(
                line=line,
                event=RowEvent.PAY if paid else RowEvent.FAIL,
                key=f"{result.header.debit_on:%Y%m%d}|{debit.customer_number}",
                received_on=result.header.debit_on,
                amount=debit.amount,
                notice_number=number[0] if number else "",
                installment=number[1] if number else "",
                result="" if paid or debit.result is None else debit.result.value,
            )
        )
    return Reading(tuple(rows))


def _report_rows(file: convenience_reports.ReportFile, profile: BarcodeProfile) -> Reading:
    rows = []
    for line, report in enumerate(file.reports, start=1 + HEADER_RECORDS):
        notice_number = installment = ""
        try:
            slip = key_of(profile, parse(report.barcode))
        except PeerFault:
            slip = None  # none of ours, and money all the same
        if slip is not None:
            notice_number, installment = slip.notice_number, slip.installment
        rows.append(
            Row(
                line=line,
                event=EVENTS[report.event],
                key=report.key,
                received_on=report.received_on,
                amount=report.amount,
                notice_number=notice_number,
                installment=installment,
                office=report.chain[:20],
            )
        )
    return Reading(tuple(rows))


def _electronic_rows(file: electronic.ElectronicFile) -> Reading:
    return Reading(
        tuple(
            Row(
                line=line,
                event=RowEvent.PAY,
                key=payment.transaction,
                received_on=payment.received_on,
                amount=payment.amount,
                notice_number=payment.notice_number,
                installment=payment.installment,
                office=payment.method[:20],
            )
            for line, payment in enumerate(file.payments, start=1 + HEADER_RECORDS)
        )
    )


def _keyed_rows(
    slips: tuple[BatchSlip, ...], first: tuple[KeyedPayment, ...], second: tuple[KeyedPayment, ...]
) -> Reading:
    """Take a delivery whole or not at all: both keyings agree, and every bundle comes out at its slip."""
    verdict = judge(slips, first, second)
    if verdict.is_held:
        return Reading((), tuple(_keying_problems(verdict, first)))
    return Reading(
        tuple(
            Row(
                line=line,
                event=RowEvent.PAY,
                key=f"{keyed.received_on:%Y%m%d}|{keyed.batch_number}|{keyed.sequence}",
                received_on=keyed.received_on,
                amount=keyed.total,
                interest=keyed.interest,
                notice_number=keyed.notice_number,
                installment=keyed.installment,
                office=keyed.place[:20],
            )
            for line, keyed in enumerate(first, start=1 + HEADER_RECORDS)
        ),
        stated_rows=sum(slip.count for slip in slips),
        stated_total=sum(slip.total for slip in slips),
    )


def _keying_problems(verdict: Verdict[KeyedPayment], first: tuple[KeyedPayment, ...]) -> Iterator[RowProblem]:
    line_of = {(item.batch_number, item.sequence): line for line, item in enumerate(first, start=1 + HEADER_RECORDS)}
    for found in verdict.differences:
        yield RowProblem(
            line_of.get((found.batch_number, found.sequence), 0),
            found.field,
            "keyings_differ",
            f"束{found.batch_number}の{found.sequence}枚目: 第1打鍵と第2打鍵が異なる; look at the paper",
        )
    for fault in verdict.faults:
        yield RowProblem(
            0,
            "束番号",
            f"bundle_{fault.fault.value}",
            f"束{fault.batch_number}: バッチ票 {fault.stated}、打鍵 {fault.keyed}; ask the contractor",
        )
