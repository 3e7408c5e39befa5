"""③④⑤ The files payments come in, by kind: each is read by its codec into the rows of a batch.

A file the codec refuses has no rows: it is held with what the codec found and can only be sent back. A record that
cannot be read, or is wrong, is a problem at its line: the others are rows, and may be taken by a second person's
decision while that one stays on record. Money that no notice is named for (a barcode of another municipality, a
顧客番号 of no claim) is money all the same: it becomes a row without a notice, which goes to 仮受.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kofu.core.errors import OperatorFault, PeerFault
from kofu.core.short_text import shortened
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.debit.codecs.direct_debit import DebitFile, DebitResult, PartlyRead, decode_readable, note_differences
from kofu.ledger.formats.bank_forms import BankForm, Peculiarity, form_of
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.formats.problems import FileProblem, FileProblems, FileRefused
from kofu.ledger.formats.zengin_file import bank_of, split_groups
from kofu.ledger.keyed.codecs import punched
from kofu.ledger.keyed.codecs.punched import keyed_layout, slips_layout
from kofu.ledger.keyed.domain.keying import BatchSlip, KeyedPayment, KeyingVerdict, judge
from kofu.ledger.payments.batches import Reader
from kofu.ledger.payments.codecs import convenience_reports, electronic
from kofu.ledger.payments.codecs.convenience_reports import reports_layout
from kofu.ledger.payments.codecs.electronic import electronic_layout
from kofu.ledger.payments.domain.batches import FileContent, PaymentRow, RowEvent, RowProblem
from kofu.ledger.payments.domain.convenience import ReportEvent
from kofu.ledger.slips.codecs.barcode import parse
from kofu.ledger.slips.codecs.convenience import BarcodeProfile, barcode_profile, key_of
from kofu.ledger.slips.codecs.customer_numbers import read_customer_number

EVENTS = {ReportEvent.ADVISE: RowEvent.ADVISE, ReportEvent.CANCEL: RowEvent.CANCEL, ReportEvent.CONFIRM: RowEvent.PAY}


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: stable code, its name on screens, the channel, and whether it comes with a second keying."""

    code: str
    label: str
    channel: Channel
    keyed_twice: bool = False


#: Characters of a 収納場所.
OFFICE_LENGTH_MAX = 20
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

    @property
    def beside(self) -> tuple[bytes, bytes]:
        """What is kept with the first keying."""
        return self.second, self.slips


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


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file, or one group of a file of several: each its own batch."""

    name: str
    content: bytes
    whole: bool = True


def parts_of(
    kind: FileKind, name: str, content: bytes, *, forms: Sequence[BankForm] = (), processed_on: date
) -> list[FilePart]:
    """Cut an answer of a bank that sends several groups in one file (マルチファイル) into a file for each.

    A bank the profile does not allow it gives the file back as it is: its reader refuses it. Raises `OperatorFault`
    `group_twice`.
    """
    if kind.code != "debit_result" or Peculiarity.GROUPS not in form_of(forms, bank_of(content), processed_on).reads:
        return [FilePart(name, content)]
    groups = split_groups(content)
    if len(groups) == 1:
        return [FilePart(name, content)]
    if len({group.rstrip() for group in groups}) != len(groups):
        raise OperatorFault("group_twice", f"{name}: the same group stands twice; ask the bank which one is meant")
    return [
        FilePart(f"{name}（{place}/{len(groups)}）", group, whole=False) for place, group in enumerate(groups, start=1)
    ]


def reader_for(
    kind: FileKind,
    layouts: Layouts,
    *,
    name: str,
    processed_on: date,
    keying: Keying | None = None,
    requested: Requested = _nothing_requested,
    requested_days: Sequence[date] | None = None,
    forms: Sequence[BankForm] = (),
    whole: bool = True,
) -> Reader:
    """Give the reader of a kind of file.

    `requested`: what the banks were asked for a day; an answer for such a day is held against it. `requested_days`: all
    days they were asked for, from which an answer has its year; without them it is the nearest. `forms`: how each
    bank's files may differ; `whole`: the file is the whole answer, not one group of several. Raises `OperatorFault`
    `keying_missing`, and where a layout is wrong.
    """
    if kind.keyed_twice and keying is None:
        raise OperatorFault("keying_missing", f"{name}: give the second keying and the slips of the bundles too")
    if kind.code == "debit_result":
        barcode = barcode_profile(layouts)

        def answer(data: bytes) -> FileContent:
            problems = FileProblems(name)
            read = decode_readable(data, problems, processed_on=processed_on, forms=forms, asked=requested_days)
            read = _of_its_year(read, requested_days or (), requested)
            _hold_against(read, requested(read.file.header.debit_on), problems, whole=whole)
            return FileContent(tuple(_debit_rows(read, barcode)), _row_problems(problems))

        return _guarded(answer)
    if kind.code == "convenience":
        reports, profile = reports_layout(layouts), barcode_profile(layouts)

        def report(data: bytes) -> FileContent:
            problems = FileProblems(name)
            file, records = convenience_reports.decode_readable(reports, data, problems)
            return FileContent(tuple(_report_rows(file, records, profile)), _row_problems(problems))

        return _guarded(report)
    if kind.code == "electronic":
        layout = electronic_layout(layouts)

        def payments(data: bytes) -> FileContent:
            problems = FileProblems(name)
            file, records = electronic.decode_readable(layout, data, problems)
            return FileContent(tuple(_electronic_rows(file, records)), _row_problems(problems))

        return _guarded(payments)
    given = keying or Keying(b"", b"")
    keyed, slips = keyed_layout(layouts), slips_layout(layouts)

    def keyings(data: bytes) -> FileContent:
        slips_out = punched.decode_slips(slips, given.slips, file=f"{name} のバッチ票").items
        problems, unread = FileProblems(name), FileProblems(f"{name} の第2打鍵")
        first, records = punched.decode_readable(keyed, data, problems)
        second, _ = punched.decode_readable(keyed, given.second, unread)
        return _keyed_reading(slips_out, first, records, second, problems)

    return _guarded(keyings)


def _guarded(read: Reader) -> Reader:
    """Make a refusal of the codec the problems of a file without rows."""

    def reading(data: bytes) -> FileContent:
        try:
            return read(data)
        except FileRefused as refused:
            return FileContent((), tuple(_row_problem(problem) for problem in refused.problems))

    return reading


def _row_problems(problems: FileProblems) -> tuple[RowProblem, ...]:
    """Give what a codec noted. Raises `FileRefused` where it noted more than it keeps: that is no file with a slip."""
    found = tuple(_row_problem(problem) for problem in problems)
    if problems.count > len(found):
        problems.refuse()
    return found


def _row_problem(problem: FileProblem) -> RowProblem:
    return RowProblem(problem.record or 0, problem.field, problem.reason, f"{problem.found}; {problem.advice}")


def _of_its_year(read: PartlyRead, days: Sequence[date], requested: Requested) -> PartlyRead:
    """Of the same day in several years, take the one whose request has most of the lines that are answered."""
    debit_on = read.file.header.debit_on
    same = sorted((day for day in days if (day.month, day.day) == (debit_on.month, debit_on.day)), reverse=True)
    if len(same) < 2:  # noqa: PLR2004 - nothing to choose from
        return read
    answered = {line.customer_number for line in read.file.lines}

    def in_common(day: date) -> int:
        return sum(line.customer_number in answered for request in requested(day) for line in request.lines)

    shared = {day: in_common(day) for day in same}
    if not any(shared.values()):
        return read
    header = replace(read.file.header, debit_on=max(same, key=lambda day: shared[day]))
    return replace(read, file=replace(read.file, header=header))


def _hold_against(read: PartlyRead, asked: Sequence[DebitFile], problems: FileProblems, *, whole: bool) -> None:
    """Hold an answer against the request of its day it has most in common with. Raises `FileRefused`."""
    answered = {line.customer_number for line in read.file.lines}
    if asked:
        mine = max(asked, key=lambda request: sum(line.customer_number in answered for line in request.lines))
        note_differences(mine, read.file, read.records, problems, whole=whole)


def _debit_rows(read: PartlyRead, profile: BarcodeProfile) -> Iterator[PaymentRow]:
    debit_on = read.file.header.debit_on
    for line, debit in zip(read.records, read.file.lines, strict=True):
        number = read_customer_number(profile, debit.customer_number)
        paid = debit.result is DebitResult.PAID
        yield PaymentRow(
            line=line,
            event=RowEvent.PAY if paid else RowEvent.FAIL,
            key=f"{debit_on:%Y%m%d}|{debit.customer_number}",
            received_on=debit_on,
            amount=debit.amount,
            notice_number=number[0] if number else "",
            installment=number[1] if number else "",
            result="" if paid or debit.result is None else debit.result.value,
        )


def _report_rows(
    file: convenience_reports.ReportFile, records: Sequence[int], profile: BarcodeProfile
) -> Iterator[PaymentRow]:
    for line, report in zip(records, file.reports, strict=True):
        notice_number = installment = ""
        try:
            slip = key_of(profile, parse(report.barcode))
        except PeerFault:
            slip = None  # none of ours, and money all the same; a barcode that is wrong is a problem of its own
        if slip is not None:
            notice_number, installment = slip.notice_number, slip.installment
        yield PaymentRow(
            line=line,
            event=EVENTS[report.event],
            key=report.key,
            received_on=report.received_on,
            amount=report.amount,
            notice_number=notice_number,
            installment=installment,
            office=shortened(report.chain, OFFICE_LENGTH_MAX),
        )


def _electronic_rows(file: electronic.ElectronicFile, records: Sequence[int]) -> Iterator[PaymentRow]:
    for line, payment in zip(records, file.payments, strict=True):
        yield PaymentRow(
            line=line,
            event=RowEvent.PAY,
            key=payment.transaction,
            received_on=payment.received_on,
            amount=payment.amount,
            notice_number=payment.notice_number,
            installment=payment.installment,
            office=shortened(payment.method, OFFICE_LENGTH_MAX),
            fiscal_year=payment.fiscal_year,
            tax=payment.tax,
        )


def _keyed_reading(
    slips: tuple[BatchSlip, ...],
    first: tuple[KeyedPayment, ...],
    records: Sequence[int],
    second: tuple[KeyedPayment, ...],
    problems: FileProblems,
) -> FileContent:
    """Make every paper a row: those the keyings have differently, and bundles that do not come out, are problems."""
    verdict = judge(slips, first, second)
    lines = list(zip(records, first, strict=True))
    rows = tuple(
        PaymentRow(
            line=line,
            event=RowEvent.PAY,
            key=f"{keyed.received_on:%Y%m%d}|{keyed.batch_number}|{keyed.sequence}",
            received_on=keyed.received_on,
            amount=keyed.total,
            interest=keyed.interest,
            notice_number=keyed.notice_number,
            installment=keyed.installment,
            office=shortened(keyed.place, OFFICE_LENGTH_MAX),
            fiscal_year=keyed.fiscal_year,
            tax=keyed.tax,
        )
        for line, keyed in lines
    )
    found = (*_row_problems(problems), *_keying_problems(verdict, lines))
    return FileContent(
        rows,
        found,
        stated_rows=None if found else sum(slip.count for slip in slips),
        stated_total=None if found else sum(slip.total for slip in slips),
    )


def _keying_problems(
    verdict: KeyingVerdict[KeyedPayment], lines: list[tuple[int, KeyedPayment]]
) -> Iterator[RowProblem]:
    line_of = {(item.batch_number, item.sequence): line for line, item in lines}
    for found in verdict.differences:
        yield RowProblem(
            line_of.get((found.batch_number, found.sequence), 0),
            found.field,
            "keyings_differ",
            f"束{found.batch_number}の{found.sequence}枚目: 第1打鍵と第2打鍵が異なる; look at the paper",
        )
    for fault in verdict.faults:
        message = f"束{fault.batch_number}: バッチ票 {fault.stated}、打鍵 {fault.keyed}; ask the contractor"
        # no paper of a bundle that does not come out can be told from one that is wrong
        for line in [line for line, item in lines if item.batch_number == fault.batch_number] or [0]:
            yield RowProblem(line, "束番号", f"bundle_{fault.fault.value}", message)
