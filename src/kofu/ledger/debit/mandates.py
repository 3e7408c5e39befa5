"""口座振替の登録: a person's account is registered from a 依頼書, replaced by another, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.domain.bank_accounts import DEPOSITS, BankAccount
from kofu.ledger.debit.domain.direct_debit import METHOD, TAX, EndReason, Mandate, MandateEvent, overlaps
from kofu.ledger.people.find import is_dead
from kofu.ledger.people.numbers import numbers_of
from kofu.platform import audit

_COLUMNS = (
    "mandate.id, bank_code, branch_code, account_type, account_number, holder, applied_on, starts_on, ends_on,"
    " coalesce(reason, '')"
)


def mandates_of(connection: psycopg.Connection, municipality_code: str, addressee_number: str) -> tuple[Mandate, ...]:
    """Read a person's registrations, under every number that means them, the newest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM debit_mandate mandate LEFT JOIN debit_mandate_end ON mandate_id = mandate.id"
        " WHERE municipality_code = %s AND addressee_number = ANY(%s) ORDER BY starts_on DESC, registered_at DESC",
        [municipality_code, list(numbers_of(connection, municipality_code, addressee_number))],
    )
    return tuple(
        Mandate(
            mandate_id=row[0],
            bank_code=row[1],
            branch_code=row[2],
            account_type=row[3],
            account_number=row[4],
            holder=row[5],
            applied_on=row[6],
            starts_on=row[7],
            ends_on=row[8],
            end_reason=row[9],
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class DeadPayer:
    """A person who died and whose account is still registered. `due`: yen that would be debited, 特別徴収 not among."""

    person_id: int
    addressee_number: str
    name: str
    died_on: date | None
    due: int


def dead_payers(connection: psycopg.Connection, municipality_code: str) -> list[DeadPayer]:
    """List the dead whose registration nobody ended: under any number of the person, the first to die first."""
    with connection.cursor(row_factory=class_row(DeadPayer)) as cursor:
        return cursor.execute(_DEAD_PAYERS, {"code": municipality_code, "tax": TAX, "method": METHOD}).fetchall()


_DEAD_PAYERS = """
WITH numbered AS (
    SELECT taxpayer.addressee_number, status, status_date,
        coalesce(survivor.into_number, taxpayer.addressee_number) AS person
    FROM taxpayer LEFT JOIN addressee_survivor AS survivor ON survivor.municipality_code = taxpayer.municipality_code
        AND survivor.from_number = taxpayer.addressee_number
    WHERE taxpayer.municipality_code = %(code)s
), the_dead AS (
    SELECT person, min(status_date) AS died_on FROM numbered WHERE status = 'dead' GROUP BY person
)
SELECT taxpayer.id AS person_id, taxpayer.addressee_number, taxpayer.name, died_on,
    coalesce((SELECT sum(claim_balance.due) FROM numbered AS own
        JOIN notice ON notice.municipality_code = %(code)s AND notice.addressee_number = own.addressee_number
        JOIN claim ON claim.notice_id = notice.id JOIN claim_balance ON claim_balance.claim_id = claim.id
        WHERE own.person = the_dead.person AND notice.tax = %(tax)s AND notice.collection_method = %(method)s),
        0)::bigint AS due
FROM the_dead JOIN taxpayer ON taxpayer.municipality_code = %(code)s AND taxpayer.addressee_number = the_dead.person
WHERE EXISTS (SELECT FROM numbered AS own JOIN debit_mandate AS mandate
    ON mandate.municipality_code = %(code)s AND mandate.addressee_number = own.addressee_number
    LEFT JOIN debit_mandate_end AS gone ON gone.mandate_id = mandate.id
    WHERE own.person = the_dead.person AND gone.mandate_id IS NULL)
ORDER BY died_on NULLS FIRST, taxpayer.addressee_number
"""


def register_mandate(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    account: BankAccount,
    *,
    applied_on: date,
    starts_on: date,
    acting: Acting,
) -> UUID:
    """Register an account for 納期限 from `starts_on` on. One that goes on past that day ends there (口座の変更).

    Raises `OperatorFault`: `deposit_not_debited` (貯蓄), `mandate_order` where it would begin before it was applied
    for, or not after one that is registered; `mandate_ends_later` where one was ended for a day still to come;
    `payer_dead`: an heir's account is registered for nobody's tax but theirs.
    """
    if account.account_type not in DEPOSITS:
        raise OperatorFault("deposit_not_debited", "a savings account cannot be debited; name an ordinary one")
    if starts_on < applied_on:
        raise OperatorFault("mandate_order", "a registration begins on or after the day it was applied for")
    with connection.transaction():
        _lock(connection, municipality_code, addressee_number)
        if is_dead(connection, municipality_code, addressee_number):
            raise OperatorFault("payer_dead", "the person died: no account is debited for them; write to the heirs")
        known = mandates_of(connection, municipality_code, addressee_number)
        replaced = overlaps(starts_on, known)
        if replaced is not None:
            if replaced.starts_on >= starts_on:
                raise OperatorFault("mandate_order", "another account is registered from that day or a later one")
            if replaced.ends_on is not None:
                raise OperatorFault(
                    "mandate_ends_later",
                    f"the account before is debited until {replaced.ends_on}; let this one begin on that day or later",
                )
            replaced.require(MandateEvent.REPLACE)
            _end(connection, replaced.mandate_id, starts_on, EndReason.CHANGED, acting)
        mandate_id = uuid4()
        connection.execute(
            "INSERT INTO debit_mandate (id, municipality_code, addressee_number, tax, bank_code, branch_code,"
            " account_type, account_number, holder, applied_on, starts_on, registered_by)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                mandate_id, municipality_code, addressee_number, TAX, account.bank_code, account.branch_code,
                account.account_type, account.account_number, account.holder, applied_on, starts_on, acting.actor,
            ],
        )  # fmt: skip
        _record(connection, acting, "debit.register", mandate_id)
    return mandate_id


def end_mandate(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    mandate_id: UUID,
    *,
    ends_on: date,
    reason: EndReason,
    acting: Acting,
) -> None:
    """End a registration: 納期限 from `ends_on` on are not debited. Raises `OperatorFault` `mandate_ended`."""
    with connection.transaction():
        _lock(connection, municipality_code, addressee_number)
        known = {one.mandate_id: one for one in mandates_of(connection, municipality_code, addressee_number)}
        if mandate_id not in known:
            raise OperatorFault("mandate_ended", "this registration is none of this person's")
        known[mandate_id].require(MandateEvent.END)
        _end(connection, mandate_id, max(ends_on, known[mandate_id].starts_on), reason, acting)
        _record(connection, acting, "debit.end", mandate_id)


def _end(connection: psycopg.Connection, mandate_id: UUID, ends_on: date, reason: EndReason, acting: Acting) -> None:
    connection.execute(
        "INSERT INTO debit_mandate_end (mandate_id, ends_on, reason, ended_by) VALUES (%s, %s, %s, %s)",
        [mandate_id, ends_on, reason.value, acting.actor],
    )


def _lock(connection: psycopg.Connection, municipality_code: str, addressee_number: str) -> None:
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('debit mandate ' || %s || ' ' || %s, 0))",
        [municipality_code, numbers_of(connection, municipality_code, addressee_number)[0]],
    )


def _record(connection: psycopg.Connection, acting: Acting, action: str, mandate_id: UUID) -> None:
    audit.append(
        connection,
        acting.lane,
        audit.AuditEntry(
            action=action,
            actor=acting.actor,
            result="done",
            occurred_at=acting.now,
            subject_pseudonym=acting.pseudonym,
            detail={"mandate": str(mandate_id)},
        ),
    )
