"""What the screens of 収納 count and list: batches, their rows, 仮受金, corrections, cases, installments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import args_row, class_row

from kofu.ledger.payments.batches import ROWS_LEFT_OUT, Batch
from kofu.ledger.payments.domain.batches import BatchState
from kofu.ledger.people.domain.numbers import PersonNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedRow:
    """A row of a batch, with what became of it in the ledger. Amounts in yen; None: no payment came of it."""

    line: int
    event: str
    received_on: date
    amount: int
    interest: int | None
    notice_number: str
    installment: str
    result: str
    voids: int | None
    payment_id: UUID | None
    suspense: int | None
    in_error: int | None
    received: int | None
    voided_by: int | None

    @property
    def gone(self) -> bool:
        """Whether its payment was taken out of the ledger again."""
        return self.payment_id is not None and not self.received


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentHead:
    """A payment as it came. `amount`: yen."""

    channel: str
    received_on: date
    amount: int
    notice_number: str
    installment: str
    source: str


class PaymentDay(NamedTuple):
    """When a payment was received, and how it came."""

    payment_id: UUID
    received_on: date
    channel: str


class InstallmentFound(NamedTuple):
    """Whose installment it is."""

    person_id: int
    claim_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallmentHead:
    """An installment a 納付書 is printed for. `printed_before`: how many were."""

    notice_number: str
    installment: str
    tax: str
    fiscal_year: int
    printed_before: int


def count_batches(connection: psycopg.Connection, municipality_code: str, states: Sequence[BatchState]) -> int:
    """Count the batches in some states."""
    return _count(
        connection,
        "SELECT count(*) FROM batch WHERE municipality_code = %s AND state = ANY(%s)",
        [municipality_code, list(states)],
    )


def count_left_out(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count the rows that were left out and nobody has dealt with."""
    return _count(
        connection,
        "SELECT count(*) FROM batch_problem JOIN batch ON batch.id = batch_id"
        f" WHERE municipality_code = %s AND cleared_at IS NULL AND {ROWS_LEFT_OUT}",
        [municipality_code],
    )


def count_suspense(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count the payments in suspense (仮受金)."""
    return _count(
        connection,
        "SELECT count(*) FROM payment_balance JOIN payment ON payment.id = payment_balance.payment_id"
        " WHERE payment.municipality_code = %s AND suspense > 0",
        [municipality_code],
    )


def count_corrections(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count the corrections that wait for a decision."""
    return _count(
        connection,
        "SELECT count(*) FROM payment_correction JOIN payment ON payment.id = payment_correction.payment_id"
        " WHERE payment.municipality_code = %s AND payment_correction.state = 'proposed'",
        [municipality_code],
    )


def count_open_cases(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count the cases about the order of receipt that wait for a proposal or a decision."""
    return _count(
        connection,
        "SELECT count(*) FROM receipt_case JOIN claim ON claim.id = receipt_case.claim_id"
        " JOIN notice ON notice.id = claim.notice_id"
        " WHERE notice.municipality_code = %s AND receipt_case.state <> 'decided'",
        [municipality_code],
    )


def first_rows(connection: psycopg.Connection, batch: Batch, limit: int) -> list[PostedRow]:
    """List the first rows of a batch, each with what became of it in the ledger."""
    with connection.cursor(row_factory=class_row(PostedRow)) as cursor:
        return cursor.execute(
            "SELECT batch_row.line, event, batch_row.received_on, batch_row.amount, batch_row.interest,"
            " batch_row.notice_number, batch_row.installment, batch_row.result, voids, payment.id AS payment_id,"
            " suspense, in_error, payment_balance.received,"
            " (SELECT voiding.line FROM batch_row AS voiding WHERE voiding.batch_id = batch_row.batch_id"
            " AND voiding.voids = batch_row.line) AS voided_by"
            " FROM batch_row LEFT JOIN payment ON payment.municipality_code = %s AND payment.key = %s || batch_row.key"
            " LEFT JOIN payment_balance ON payment_balance.payment_id = payment.id"
            " WHERE batch_row.batch_id = %s ORDER BY batch_row.line LIMIT %s",
            [batch.municipality_code, f"{batch.channel}/", batch.id, limit],
        ).fetchall()


def payment_head(connection: psycopg.Connection, municipality_code: str, payment_id: UUID) -> PaymentHead | None:
    """Read a payment as it came; None where the municipality has none such."""
    with connection.cursor(row_factory=class_row(PaymentHead)) as cursor:
        return cursor.execute(
            "SELECT channel, received_on, amount, notice_number, installment, source FROM payment"
            " WHERE municipality_code = %s AND id = %s",
            [municipality_code, payment_id],
        ).fetchone()


def payments_received(
    connection: psycopg.Connection, municipality_code: str, payment_ids: Sequence[UUID]
) -> list[PaymentDay]:
    """Read when some payments were received."""
    with connection.cursor(row_factory=args_row(PaymentDay)) as cursor:
        return cursor.execute(
            "SELECT id, received_on, channel FROM payment WHERE municipality_code = %s AND id = ANY(%s)",
            [municipality_code, list(payment_ids)],
        ).fetchall()


def installment_named(
    connection: psycopg.Connection, municipality_code: str, notice_number: str, installment: str
) -> InstallmentFound | None:
    """Find an installment by what is printed on its 納付書."""
    with connection.cursor(row_factory=args_row(InstallmentFound)) as cursor:
        return cursor.execute(
            "SELECT taxpayer.id, claim.id FROM notice JOIN claim ON claim.notice_id = notice.id"
            " JOIN taxpayer ON taxpayer.municipality_code = notice.municipality_code"
            " AND taxpayer.addressee_number = notice.addressee_number"
            " WHERE notice.municipality_code = %s AND notice_number = %s AND installment = %s",
            [municipality_code, notice_number, installment],
        ).fetchone()


def installment_of(
    connection: psycopg.Connection, municipality_code: str, numbers: PersonNumbers, claim_id: int
) -> InstallmentHead | None:
    """Read an installment of a person; None where it is not theirs."""
    with connection.cursor(row_factory=class_row(InstallmentHead)) as cursor:
        return cursor.execute(
            "SELECT notice_number, installment, tax, fiscal_year,"
            " (SELECT count(*) FROM payment_slip WHERE payment_slip.claim_id = claim.id) AS printed_before"
            " FROM claim JOIN notice ON notice.id = claim.notice_id"
            " WHERE claim.id = %s AND addressee_number = ANY(%s) AND municipality_code = %s",
            [claim_id, list(numbers), municipality_code],
        ).fetchone()


def _count(connection: psycopg.Connection, statement: str, values: Sequence[object]) -> int:
    row = connection.execute(statement, values).fetchone()
    return int(row[0]) if row else 0
