"""The journal in the database: open the books of some claims and payments, store what was posted to them.

Opening locks the balances (`SELECT … FOR UPDATE`, always in the order of their ids), so two postings to one claim
follow each other and every balance is computed from the one before it. Storing adds entries and transfers in
one statement each and writes the changed balances back, in the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import psycopg

from kofu.core.errors import OurFault, ensure
from kofu.ledger.books.domain.books import Books, ClaimBalance, PaymentBalance, Share
from kofu.ledger.books.domain.claims import Claim, Notice, Payment, Tax, payable_to
from kofu.ledger.people.domain.numbers import PersonNumbers
from kofu.platform.insert_rows import as_columns, insert_rows, unnested
from kofu.platform.ordered_ids import ordered_id

CLAIM_FIELDS = tuple(field.name for field in fields(ClaimBalance))
PAYMENT_FIELDS = tuple(field.name for field in fields(PaymentBalance) if field.name != "received_on")
COLUMN_TYPES = {"payment_id": "uuid", "settled_on": "date"}
SHARE_FIELDS = tuple(field.name for field in fields(Share))
CLAIM_COLUMNS, PAYMENT_COLUMNS, SHARE_COLUMNS = (
    {name: COLUMN_TYPES.get(name, "bigint") for name in names} for names in (CLAIM_FIELDS, PAYMENT_FIELDS, SHARE_FIELDS)
)
_claim_values, _payment_values, _share_values = (
    attrgetter(*names) for names in (CLAIM_FIELDS, PAYMENT_FIELDS, SHARE_FIELDS)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Under what the entries are stored: who, on what ground, on which accounting day, when (aware instant)."""

    actor: str
    booked_on: date
    recorded_at: datetime
    source: str = ""


def open_books(
    connection: psycopg.Connection, *, claim_ids: Iterable[int] = (), payment_ids: Iterable[UUID] = ()
) -> Books:
    """Open and lock the books of claims with every payment that has a share in them, and of payments with their claims.

    Raises `OurFault` where an id is unknown, and outside a transaction, where a lock would not last.
    """
    ensure(
        not connection.autocommit or connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS,
        "books are opened inside a transaction",
    )
    wanted_payments = sorted(set(payment_ids))
    wanted_claims = set(claim_ids)
    if wanted_payments:
        rows = connection.execute("SELECT claim_id FROM share WHERE payment_id = ANY(%b::uuid[])", [wanted_payments])
        wanted_claims.update(row[0] for row in rows)
    books = Books()
    claims = sorted(wanted_claims)
    for row in connection.execute(
        f"SELECT {', '.join(CLAIM_FIELDS)} FROM claim_balance"
        " WHERE claim_id = ANY(%b::bigint[]) ORDER BY claim_id FOR UPDATE",
        [claims],
    ).fetchall():
        books.claims[row[0]] = ClaimBalance(*row)
    shares = connection.execute(
        f"SELECT {', '.join(SHARE_FIELDS)} FROM share WHERE claim_id = ANY(%b::bigint[]) ORDER BY payment_id, claim_id",
        [claims],
    ).fetchall()
    payments = sorted({row[0] for row in shares} | set(wanted_payments))
    columns = ", ".join(f"payment_balance.{name}" for name in PAYMENT_FIELDS[1:])
    for row in connection.execute(
        f"SELECT payment_id, payment.received_on, {columns}"
        " FROM unnest(%b::uuid[]) AS wanted (id) JOIN payment_balance ON payment_id = wanted.id"
        " JOIN payment ON payment.id = wanted.id ORDER BY payment_id FOR UPDATE OF payment_balance",
        [payments],  # each looked up by its key: as one condition, the list would be gone through again for every row
    ).fetchall():
        books.payments[row[0]] = PaymentBalance(*row)
    for row in shares:
        books.open_share(Share(*row))
    strangers = connection.execute(
        "SELECT count(*) FROM share WHERE payment_id = ANY(%b::uuid[]) AND NOT claim_id = ANY(%b::bigint[])",
        [wanted_payments, claims],
    ).fetchone()
    if strangers and strangers[0]:
        raise OurFault("books_moved", "a payment was allocated elsewhere while its books were opened; open them again")
    _require_all(len(books.claims), len(claims), "claim")
    _require_all(len(books.payments), len(payments), "payment")
    return books


def store_books(connection: psycopg.Connection, books: Books, posting: Posting) -> tuple[UUID, ...]:
    """Store what was posted to the books, in the caller's transaction; give the ids of the entries in their order.

    New claims and payments must have been added before (`add_claims`, `add_payments`). Raises `OurFault` where money of
    a payment is still unallocated: no use case may end so. The books are emptied of entries: they can be used on.
    """
    for payment_id in books.changed_payments:
        ensure(books.payments[payment_id].unallocated == 0, "after posting, all money of a payment has a place")
    entry_ids = tuple(ordered_id() for _ in books.entries)
    insert_rows(
        connection,
        "entry",
        {
            "id": "uuid", "kind": "text", "effective_on": "date", "booked_on": "date", "actor": "text",
            "source": "text", "reason": "text", "detail": "jsonb", "recorded_at": "timestamptz",
        },
        (
            (
                entry_id, entry.kind.value, entry.effective_on, posting.booked_on, posting.actor,
                entry.source or posting.source, entry.reason,
                json.dumps(entry.detail, ensure_ascii=False) if entry.detail else "{}", posting.recorded_at,
            )
            for entry_id, entry in zip(entry_ids, books.entries, strict=True)
        ),
    )  # fmt: skip
    insert_rows(
        connection,
        "transfer",
        {
            "entry_id": "uuid", "debit": "text", "credit": "text", "amount": "bigint", "claim_id": "bigint",
            "payment_id": "uuid",
        },
        (
            (entry_id, one.debit.value, one.credit.value, one.amount, one.claim_id, one.payment_id)
            for entry_id, entry in zip(entry_ids, books.entries, strict=True)
            for one in entry.transfers
        ),
    )  # fmt: skip
    _write_claim_balances(connection, books)
    _write(
        connection,
        "payment_balance",
        PAYMENT_COLUMNS,
        ("payment_id",),
        (_payment_values(books.payments[payment_id]) for payment_id in sorted(books.changed_payments)),
    )
    _write(
        connection,
        "share",
        SHARE_COLUMNS,
        ("payment_id", "claim_id"),
        (_share_values(books.shares[place]) for place in sorted(books.changed_shares)),
    )
    books.entries.clear()
    books.changed_claims.clear()
    books.changed_payments.clear()
    books.changed_shares.clear()
    return entry_ids


def add_notices(
    connection: psycopg.Connection,
    notices: Sequence[tuple[Notice, Sequence[tuple[str, date]]]],
    *,
    known: bool = False,
) -> list[tuple[Claim, ...]]:
    """Add notices, each with its (期別, 納期限), and open an empty balance per claim; give the claims, in order.

    `known`: the notices are in the ledger, only these 期別 are new.
    Raises `psycopg.errors.UniqueViolation` where a notice number is there already: look before, in one transaction.
    """
    made: list[tuple[Claim, ...]] = []
    notice_ids = (
        _ids_of(connection, [notice for notice, _ in notices])
        if known
        else _reserve(connection, "notice", len(notices))
    )
    claim_ids = iter(_reserve(connection, "claim", sum(len(parts) for _, parts in notices)))
    if not known:
        _add_heads(connection, notice_ids, [notice for notice, _ in notices])
    for notice, parts in notices:
        made.append(
            tuple(
                Claim(claim_id=next(claim_ids), notice=notice, installment=installment, due_date=due_date)
                for installment, due_date in parts
            )
        )
    insert_rows(
        connection,
        "claim",
        {"id": "bigint", "notice_id": "bigint", "installment": "text", "due_date": "date"},
        (
            (claim.claim_id, notice_id, claim.installment, claim.due_date)
            for notice_id, claims in zip(notice_ids, made, strict=True)
            for claim in claims
        ),
    )
    insert_rows(
        connection,
        "claim_balance",
        CLAIM_COLUMNS,
        (_claim_values(ClaimBalance(claim.claim_id)) for claims in made for claim in claims),
    )
    return made


def _add_heads(connection: psycopg.Connection, notice_ids: Sequence[int], notices: Sequence[Notice]) -> None:
    insert_rows(
        connection,
        "notice",
        {
            "id": "bigint", "municipality_code": "text", "notice_number": "text", "addressee_number": "text",
            "tax": "text", "fiscal_year": "smallint", "origin_year": "smallint", "collection_method": "text",
            "statutory_due_date": "date", "plate_number": "text", "chassis_last4": "text", "inspected": "boolean",
        },
        (
            (
                notice_id, notice.municipality_code, notice.notice_number, notice.addressee_number, notice.tax.value,
                notice.fiscal_year, notice.origin_year, notice.collection_method, notice.statutory_due_date,
                notice.plate_number, notice.chassis_last4, notice.inspected,
            )
            for notice_id, notice in zip(notice_ids, notices, strict=True)
        ),
    )  # fmt: skip


def _ids_of(connection: psycopg.Connection, notices: Sequence[Notice]) -> list[int]:
    """Ids of notices that are in the ledger, in their order."""
    if not notices:
        return []
    rows = connection.execute(
        "SELECT notice_number, id FROM notice WHERE municipality_code = %s AND notice_number = ANY(%s)",
        [notices[0].municipality_code, [notice.notice_number for notice in notices]],
    )
    found: dict[str, int] = dict(rows.fetchall())
    return [found[notice.notice_number] for notice in notices]


def add_payments(connection: psycopg.Connection, payments: Sequence[Payment], books: Books) -> None:
    """Add payments and open their books. Raises `psycopg.errors.UniqueViolation` for a key that is there already."""
    insert_rows(
        connection,
        "payment",
        {
            "id": "uuid", "municipality_code": "text", "key": "text", "channel": "text", "received_on": "date",
            "booked_on": "date", "amount": "bigint", "office": "text", "notice_number": "text", "installment": "text",
            "batch_id": "uuid", "source": "text", "interest": "bigint",
        },
        (
            (
                payment.payment_id, payment.municipality_code, payment.key, payment.channel.value, payment.received_on,
                payment.booked_on, payment.amount, payment.office, payment.notice_number, payment.installment,
                payment.batch_id, payment.source, payment.interest,
            )
            for payment in payments
        ),
    )  # fmt: skip
    for payment in payments:
        books.open_payment(payment.payment_id, payment.received_on)


def find_claims(
    connection: psycopg.Connection, municipality_code: str, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Claim]:
    """Find claims by (通知書番号, 期別); what is not found is not in the result."""
    wanted = sorted(set(keys))
    rows = connection.execute(
        f"SELECT {_CLAIM_COLUMNS} FROM claim JOIN notice ON notice.id = claim.notice_id"
        " JOIN unnest(%s::text[], %s::text[]) AS wanted (notice_number, installment)"
        " ON notice.notice_number = wanted.notice_number AND claim.installment = wanted.installment"
        " WHERE notice.municipality_code = %s",
        [[number for number, _ in wanted], [installment for _, installment in wanted], municipality_code],
    )
    return {(claim.notice.notice_number, claim.installment): claim for claim in map(_claim, rows)}


def claims_for_payments(
    connection: psycopg.Connection, municipality_code: str, notice_numbers: Iterable[str]
) -> dict[str, list[Claim]]:
    """Find by 通知書番号 all claims of the notices that are named: what a payment of one can bear on."""
    rows = connection.execute(
        f"SELECT {_CLAIM_COLUMNS} FROM claim JOIN notice ON notice.id = claim.notice_id"
        " WHERE notice.municipality_code = %s AND notice.notice_number = ANY(%s)",
        [municipality_code, sorted(set(notice_numbers))],
    ).fetchall()
    found: dict[str, list[Claim]] = {}
    for claim in map(_claim, rows):
        found.setdefault(claim.notice.notice_number, []).append(claim)
    return found


def claims_by_id(connection: psycopg.Connection, claim_ids: Iterable[int]) -> list[Claim]:
    """Read claims by their ids, oldest 納期限 first; what is not there is not in the result."""
    rows = connection.execute(
        f"SELECT {_CLAIM_COLUMNS} FROM claim JOIN notice ON notice.id = claim.notice_id"
        f" WHERE claim.id = ANY(%s) ORDER BY {PAYABLE_TO}, claim.id",
        [sorted(set(claim_ids))],
    )
    return [_claim(row) for row in rows]


def notices_of(connection: psycopg.Connection, claim_ids: Sequence[int]) -> list[str]:
    """Give the 通知書番号 claims are of."""
    rows = connection.execute(
        "SELECT DISTINCT notice_number FROM notice JOIN claim ON notice.id = notice_id WHERE claim.id = ANY(%s)",
        [list(claim_ids)],
    )
    return sorted(row[0] for row in rows)


def claims_of_person(connection: psycopg.Connection, municipality_code: str, numbers: PersonNumbers) -> list[Claim]:
    """List every claim on a person, oldest 納期限 first."""
    rows = connection.execute(
        f"SELECT {_CLAIM_COLUMNS} FROM claim JOIN notice ON notice.id = claim.notice_id"
        " WHERE notice.municipality_code = %s AND notice.addressee_number = ANY(%s)"
        f" ORDER BY {PAYABLE_TO}, claim.id",
        [municipality_code, list(numbers)],
    )
    return [_claim(row) for row in rows]


#: The latest day a 期別 was extended to by what stands on record; null where it was not.
EXTENDED_TO = (
    "(SELECT max(extending.until) FROM arrears_event AS extending WHERE extending.claim_id = claim.id"
    " AND extending.happening = 'extended'"
    " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = extending.id))"
)
#: The 納期限 that counts, as `domain.claims.payable_to` has it, for statements that show or sort by it.
PAYABLE_TO = f"greatest(claim.due_date, {EXTENDED_TO})"
_CLAIM_COLUMNS = (
    f"claim.id, claim.installment, claim.due_date, {EXTENDED_TO}, notice.municipality_code, notice.notice_number,"
    " notice.addressee_number, notice.tax, notice.fiscal_year, notice.origin_year, notice.collection_method,"
    " notice.statutory_due_date, notice.plate_number, notice.chassis_last4, notice.inspected"
)


def _claim(row: tuple[Any, ...]) -> Claim:
    claim_id, installment, due_date, extended_to, *of_notice = row
    code, number, addressee, tax, year, origin, method, statutory, plate, chassis, inspected = of_notice
    notice = Notice(
        municipality_code=code,
        notice_number=number,
        addressee_number=addressee,
        tax=Tax(tax),
        fiscal_year=year,
        origin_year=origin,
        collection_method=method,
        statutory_due_date=statutory,
        plate_number=plate,
        chassis_last4=chassis,
        inspected=inspected,
    )
    return Claim(claim_id=claim_id, notice=notice, installment=installment, due_date=payable_to(due_date, extended_to))


def _require_all(found: int, wanted: int, what: str) -> None:
    if found != wanted:
        raise OurFault("unknown_in_ledger", f"{wanted - found} of {wanted} {what}s asked for are not in the ledger")


def _reserve(connection: psycopg.Connection, table: str, count: int) -> list[int]:
    """Take ids from a table's sequence, so that rows and what refers to them can be copied in at once."""
    rows = connection.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
    )
    return [row[0] for row in rows]


def _write_claim_balances(connection: psycopg.Connection, books: Books) -> None:
    """Write changed balances of claims back: every one is there since its claim was added."""
    changed = sorted(books.changed_claims)
    if not changed:
        return
    written = connection.execute(
        f"UPDATE claim_balance SET {', '.join(f'{name} = new.{name}' for name in CLAIM_FIELDS[1:])}"
        f" FROM {unnested(CLAIM_COLUMNS)} AS new ({', '.join(CLAIM_FIELDS)})"
        " WHERE claim_balance.claim_id = new.claim_id",
        as_columns(_claim_values(books.claims[claim_id]) for claim_id in changed),
    )
    _require_all(written.rowcount, len(changed), "claim")


def _write(
    connection: psycopg.Connection,
    table: str,
    columns: Mapping[str, str],
    key: Sequence[str],
    rows: Iterable[tuple[object, ...]],
) -> None:
    """Write balances back, new or not, in one statement."""
    by_column = as_columns(rows)
    if not by_column:
        return
    names = ", ".join(columns)
    changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name not in key)
    connection.execute(
        f"INSERT INTO {table} ({names}) SELECT * FROM {unnested(columns)}"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}",
        by_column,
    )
