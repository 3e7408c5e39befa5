"""Read the books of a ledger as its database keeps them."""

from __future__ import annotations

import psycopg
from psycopg.rows import class_row

from kofu_proof.ledger_rows import Books, KeptClaim, KeptPayment, KeptShare, KeptTransfer

CLAIMS = (
    "SELECT claim.id, notice_number AS notice, installment, due_date AS due, assessed, paid, waived, written_off,"
    " interest_assessed, interest_paid, interest_waived, interest_written_off"
    " FROM claim JOIN notice ON notice.id = notice_id JOIN claim_balance ON claim_id = claim.id ORDER BY claim.id"
)
PAYMENTS = (
    'SELECT payment.id::text AS id, key, channel, received_on AS "on", booked_on, '
    " coalesce(batch_id::text, '') AS batch,"
    " amount AS yen, received, added, allocated, suspense, overpaid, in_error, refundable, refunded, lapsed"
    " FROM payment JOIN payment_balance ON payment_id = payment.id ORDER BY payment.id"
)
SHARES = (
    "SELECT payment_id::text AS payment, claim_id AS claim, principal, interest, overpaid, in_error, refundable,"
    " refunded, lapsed FROM share ORDER BY payment_id, claim_id"
)
TRANSFERS = (
    "SELECT transfer.id, entry_id::text AS entry, sequence, kind, booked_on, debit, credit, amount AS yen,"
    " claim_id AS claim, payment_id::text AS payment FROM transfer JOIN entry ON entry.id = entry_id"
    " ORDER BY transfer.id"
)


def read_books(connection: psycopg.Connection[dict[str, object]]) -> Books:
    """Read the books in the caller's snapshot."""
    return Books(
        claims=tuple(connection.cursor(row_factory=class_row(KeptClaim)).execute(CLAIMS)),
        payments=tuple(connection.cursor(row_factory=class_row(KeptPayment)).execute(PAYMENTS)),
        shares=tuple(connection.cursor(row_factory=class_row(KeptShare)).execute(SHARES)),
        transfers=tuple(connection.cursor(row_factory=class_row(KeptTransfer)).execute(TRANSFERS)),
    )
