"""Files read whole or not at all: what the product reads record by record, refused where anything of it was noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from kofu.ledger.debit.codecs import direct_debit
from kofu.ledger.debit.codecs.direct_debit import DebitFile
from kofu.ledger.formats.bank_forms import BankForm
from kofu.ledger.formats.problems import FileProblems
from kofu.ledger.formats.profile_layout import ProfileLayout, read_file
from kofu.ledger.keyed.codecs import punched
from kofu.ledger.keyed.codecs.punched import PunchFile
from kofu.ledger.keyed.domain.keying import KeyedClaim, KeyedPayment
from kofu.ledger.overpayments.codecs import returned_transfers
from kofu.ledger.overpayments.codecs.returned_transfers import ReturnedFile
from kofu.ledger.payments.codecs import convenience_reports, electronic
from kofu.ledger.payments.codecs.convenience_reports import ReportFile
from kofu.ledger.payments.codecs.electronic import ElectronicFile

Read = TypeVar("Read")


def whole(
    decode: Callable[[ProfileLayout, bytes, FileProblems], tuple[Read, Sequence[int]]],
    layout: ProfileLayout,
    data: bytes,
    file: str,
) -> Read:
    """Read by `decode`. Raises `FileRefused` with everything that was noted."""
    problems = FileProblems(file)
    found, _ = decode(layout, data, problems)
    problems.refuse()
    return found


def read_debit_result(data: bytes, *, file: str, processed_on: date, forms: Sequence[BankForm] = ()) -> DebitFile:
    problems = FileProblems(file)
    found = direct_debit.decode_readable(data, problems, processed_on=processed_on, forms=forms)
    problems.refuse()
    return found.file


def read_keyed_payments(layout: ProfileLayout, data: bytes, *, file: str) -> PunchFile[KeyedPayment]:
    return punched._decode(layout, data, file, lambda row: punched._payment(layout, row))


def read_keyed_claims(layout: ProfileLayout, data: bytes, *, file: str) -> PunchFile[KeyedClaim]:
    return punched._decode(layout, data, file, punched._claim)


def read_returned(layout: ProfileLayout, data: bytes, *, file: str) -> ReturnedFile:
    transfers = whole(returned_transfers.decode_readable, layout, data, file)
    rows = read_file(layout, data, FileProblems(file))
    return ReturnedFile(
        transfers=transfers, header=tuple(rows.header.cells.items()) if rows.header else (), newline=rows.newline
    )


def read_reports(layout: ProfileLayout, data: bytes, *, file: str) -> ReportFile:
    return whole(convenience_reports.decode_readable, layout, data, file)


def read_electronic(layout: ProfileLayout, data: bytes, *, file: str) -> ElectronicFile:
    return whole(electronic.decode_readable, layout, data, file)
