"""Everything the ledger knows of one person, read for a screen: owed, paid, moved, in time order; and who is meant.

Reads only. Every number can be followed to the entries it comes from, and an entry to the calculation behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OurFault
from kofu.ledger.books.domain.prescription import NEVER, Happening, PrescriptionEvent
from kofu.ledger.books.domain.special_collection import is_special
from kofu.ledger.books.journal import PAYABLE_TO
from kofu.ledger.people.domain.numbers import PersonNumbers
from kofu.ledger.people.find import FoundPerson
from kofu.ledger.people.numbers import numbers_of

#: What is said of a claim instead of 滞納, the stronger first.
SPARES = (Happening.GRACE, Happening.SUSPENDED)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """期別 with its balances in yen."""

    claim_id: int
    tax: str
    fiscal_year: int
    origin_year: int
    collection_method: str
    notice_number: str
    plate_number: str
    installment: str
    due_date: date
    assessed: int
    paid: int
    waived: int
    written_off: int
    due: int
    interest_assessed: int
    interest_paid: int
    interest_written_off: int
    interest_due: int
    settled_on: date | None

    @property
    def special(self) -> bool:
        """Whether it is 特別徴収, of which nothing is asked of the person."""
        return is_special(self.collection_method)

    def standing(self, today: date, not_due: int = 0) -> str:
        """完納, 納期未到来, 滞納, 未納入 (特別徴収), 欠損 or 税額なし, as a code. `not_due`: yen not yet due."""
        if self.due or self.interest_due:
            in_arrears = 0 if self.due_date >= today else self.due - not_due
            if in_arrears <= 0 and not self.interest_due:
                return "not_due"
            return "unremitted" if self.special else "arrears"
        if self.written_off:
            return "written_off"
        return "settled" if self.assessed else "nothing"


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment and where its money is, in yen."""

    payment_id: UUID
    channel: str
    received_on: date
    booked_on: date
    amount: int
    office: str
    notice_number: str
    installment: str
    source: str
    allocated: int
    suspense: int
    overpaid: int
    in_error: int
    refundable: int
    refunded: int


@dataclass(frozen=True, slots=True)
class TransferLine:
    """One movement of an entry, with the 期別 it is at."""

    debit: str
    credit: str
    amount: int
    notice_number: str | None
    installment: str | None
    payment_id: UUID | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry with its movements."""

    entry_id: UUID
    sequence: int
    kind: str
    effective_on: date
    booked_on: date
    recorded_at: datetime
    actor: str
    source: str
    reason: str
    detail: dict[str, Any]
    transfers: tuple[TransferLine, ...]

    @property
    def amount(self) -> int:
        """Yen the entry moves: its largest movement, since money that passes through moves twice."""
        return max(transfer.amount for transfer in self.transfers)


@dataclass(frozen=True, slots=True)
class RefundCaseLine:
    """A case of money owed back."""

    id: UUID
    number: int
    state: str
    applied_total: int
    refund_total: int
    proposed_at: datetime
    decided_on: date | None
    notified_on: date | None
    transfer_on: date | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One page: who, what is owed by 期別, what was paid, everything in time order (the latest first), cases.

    `numbers`: every 宛名番号 of the person, the one that stands for them first.
    """

    person: FoundPerson
    numbers: PersonNumbers
    claims: tuple[ClaimLine, ...]
    payments: tuple[PaymentLine, ...]
    entries: tuple[EntryLine, ...]
    cases: tuple[RefundCaseLine, ...]

    @property
    def merged(self) -> tuple[str, ...]:
        """The numbers beside the one that stands for the person."""
        return self.numbers[1:]

    @property
    def due(self) -> int:
        """本税 the person has still to pay, due or not."""
        return sum(claim.due for claim in self.claims if not claim.special)

    @property
    def interest_due(self) -> int:
        """延滞金 fixed that the person has still to pay."""
        return sum(claim.interest_due for claim in self.claims if not claim.special)

    @property
    def owed_back(self) -> int:
        """Yen owed back that nobody decided on yet."""
        return sum(payment.overpaid + payment.in_error for payment in self.payments)


def sparing(events: Iterable[PrescriptionEvent], on: date) -> PrescriptionEvent | None:
    """Give what keeps collection of a claim off on a day: a 猶予, or else a 停止 of 滞納処分; None where nothing does.

    `events`: what is on record of the claim and was not taken back.
    """
    lasting = [one for one in events if one.on <= on and (one.until is None or on <= one.until)]
    for happening in SPARES:
        of_kind = [one for one in lasting if one.happening is happening]
        if of_kind:
            return max(of_kind, key=lambda one: one.until or NEVER)
    return None


def read_person(connection: psycopg.Connection, municipality_code: str, found: FoundPerson) -> PersonPage:
    """Read the page of a person: what stands under every number that means them."""
    with connection.transaction():
        numbers = numbers_of(connection, municipality_code, found.addressee_number)
        claims = _claims(connection, municipality_code, numbers)
        claim_ids = [claim.claim_id for claim in claims]
        payments = _payments(connection, claim_ids)
        payment_ids = [payment.payment_id for payment in payments]
        entries = _entries(
            connection,
            "SELECT entry_id FROM transfer WHERE claim_id = ANY(%s)"
            " UNION SELECT entry_id FROM transfer WHERE payment_id = ANY(%s)",
            [claim_ids, payment_ids],
        )
        with connection.cursor(row_factory=class_row(RefundCaseLine)) as cursor:
            cases = cursor.execute(
                "SELECT id, number, state, applied_total, refund_total, proposed_at, decided_on, notified_on,"
                " transfer_on FROM refund_case WHERE municipality_code = %s AND addressee_number = ANY(%s)"
                " ORDER BY number DESC",
                [municipality_code, list(numbers)],
            ).fetchall()
    return PersonPage(found, numbers, tuple(claims), tuple(payments), entries, tuple(cases))


def entries_of_claim(connection: psycopg.Connection, claim_id: int) -> tuple[EntryLine, ...]:
    """List the entries that made a claim's balances, the first first."""
    found = _entries(connection, "SELECT entry_id FROM transfer WHERE claim_id = %s", [claim_id])
    return tuple(reversed(found))


def entries_of_payment(connection: psycopg.Connection, payment_id: UUID) -> tuple[EntryLine, ...]:
    """List the entries that moved a payment's money, the first first."""
    found = _entries(connection, "SELECT entry_id FROM transfer WHERE payment_id = %s", [payment_id])
    return tuple(reversed(found))


_CLAIM_LINES = (
    "SELECT claim.id AS claim_id, tax, fiscal_year, origin_year, collection_method, notice_number,"
    f" plate_number, installment, {PAYABLE_TO} AS due_date, assessed, paid, waived, written_off, due,"
    " interest_assessed, interest_paid, interest_written_off, interest_due, settled_on"
    " FROM notice JOIN claim ON claim.notice_id = notice.id JOIN claim_balance ON claim_id = claim.id"
)


def claim_line(connection: psycopg.Connection, claim_id: int) -> tuple[str, ClaimLine]:
    """Give the 宛名番号 a claim is on, and the claim. Raises `OurFault` where it is not there or out of reach."""
    with connection.cursor(row_factory=class_row(ClaimLine)) as cursor:
        line = cursor.execute(f"{_CLAIM_LINES} WHERE claim.id = %s", [claim_id]).fetchone()
    of = connection.execute(
        "SELECT addressee_number FROM notice JOIN claim ON claim.notice_id = notice.id WHERE claim.id = %s", [claim_id]
    ).fetchone()
    if line is None or of is None:
        raise OurFault("no_such_claim", "the claim is not there, or out of reach")
    return str(of[0]), line


def _claims(connection: psycopg.Connection, municipality_code: str, numbers: PersonNumbers) -> list[ClaimLine]:
    with connection.cursor(row_factory=class_row(ClaimLine)) as cursor:
        return cursor.execute(
            f"{_CLAIM_LINES} WHERE municipality_code = %s AND addressee_number = ANY(%s)"
            " ORDER BY fiscal_year DESC, origin_year DESC, tax, notice_number, claim.due_date, claim.id",
            [municipality_code, list(numbers)],
        ).fetchall()


def _payments(connection: psycopg.Connection, claim_ids: list[int]) -> list[PaymentLine]:
    with connection.cursor(row_factory=class_row(PaymentLine)) as cursor:
        return cursor.execute(
            "SELECT payment.id AS payment_id, channel, received_on, booked_on, amount, office, notice_number,"
            " installment, source, allocated, suspense, overpaid, in_error, refundable, refunded"
            " FROM payment JOIN payment_balance ON payment_id = payment.id"
            " WHERE payment.id IN (SELECT payment_id FROM share WHERE claim_id = ANY(%s))"
            " ORDER BY received_on DESC, payment.id",
            [claim_ids],
        ).fetchall()


def _entries(connection: psycopg.Connection, ids_sql: str, values: list[Any]) -> tuple[EntryLine, ...]:
    rows = connection.execute(
        "SELECT entry.id, entry.sequence, kind, effective_on, entry.booked_on, entry.recorded_at, actor, entry.source,"
        " reason, detail, debit, credit, transfer.amount, notice_number, installment, payment_id"
        " FROM entry JOIN transfer ON transfer.entry_id = entry.id"
        " LEFT JOIN claim ON claim.id = transfer.claim_id LEFT JOIN notice ON notice.id = claim.notice_id"
        f" WHERE entry.id IN ({ids_sql}) ORDER BY entry.sequence DESC, transfer.id",
        values,
    ).fetchall()
    transfers: defaultdict[UUID, list[TransferLine]] = defaultdict(list)
    heads: dict[UUID, tuple[Any, ...]] = {}
    for row in rows:
        heads.setdefault(row[0], row[:10])
        transfers[row[0]].append(TransferLine(*row[10:]))
    return tuple(EntryLine(*(*head, tuple(transfers[entry_id]))) for entry_id, head in heads.items())
