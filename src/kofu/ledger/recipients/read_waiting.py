"""What waits about 書類の送付先: 指定 and 承認 that a second person decides, and the dead for whom nobody receives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from kofu.ledger.books.domain.special_collection import SPECIAL_METHODS
from kofu.ledger.people.domain.numbers import PersonNumbers

_COUNT_WAITING = (
    "SELECT (SELECT count(*) FROM (SELECT DISTINCT ON (inheritance_id) event.state FROM inheritance_event AS event"
    " JOIN inheritance ON inheritance.id = inheritance_id WHERE municipality_code = %(code)s"
    " ORDER BY inheritance_id, event.id DESC) AS latest WHERE state = 'proposed')"
    " + (SELECT count(*) FROM (SELECT DISTINCT ON (agent_id) event.state FROM tax_agent_event AS event"
    " JOIN tax_agent ON tax_agent.id = agent_id WHERE municipality_code = %(code)s"
    " ORDER BY agent_id, event.id DESC) AS latest WHERE state = 'applied')"
)


@dataclass(frozen=True, slots=True)
class UndecidedProposal:
    """A 指定 or 承認 that waits for a second person."""

    person_id: int
    addressee_number: str
    name: str
    what: str
    who: str
    actor: str
    since: date


@dataclass(frozen=True, slots=True)
class Unrepresented:
    """A dead person with something unpaid and nobody who receives. `due`: yen."""

    person_id: int
    addressee_number: str
    name: str
    status_date: date | None
    due: int


@dataclass(frozen=True, slots=True)
class RefundOwed:
    """A refund that was decided and may still go to somebody. `refund_total`: yen."""

    case_id: UUID
    number: int
    state: str
    refund_total: int


def count_waiting_for_approval(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count 指定 and 承認 that wait for a decision."""
    row = connection.execute(_COUNT_WAITING, {"code": municipality_code}).fetchone()
    return int(row[0]) if row else 0


def waiting_for_approval(connection: psycopg.Connection, municipality_code: str) -> list[UndecidedProposal]:
    """List 指定 and 承認 that wait for a decision, the earliest first."""
    with connection.cursor(row_factory=class_row(UndecidedProposal)) as cursor:
        return cursor.execute(_WAITING, {"code": municipality_code}).fetchall()


def unrepresented(connection: psycopg.Connection, municipality_code: str) -> list[Unrepresented]:
    """List the dead with unpaid tax for whom nobody receives."""
    with connection.cursor(row_factory=class_row(Unrepresented)) as cursor:
        return cursor.execute(_UNREPRESENTED, {"code": municipality_code, "special": list(SPECIAL_METHODS)}).fetchall()


def refunds_owed(connection: psycopg.Connection, municipality_code: str, numbers: PersonNumbers) -> list[RefundOwed]:
    """List the refunds of a person that were decided and are not closed, the latest first."""
    with connection.cursor(row_factory=class_row(RefundOwed)) as cursor:
        return cursor.execute(
            "SELECT id AS case_id, number, state, refund_total FROM refund_case WHERE municipality_code = %s"
            " AND addressee_number = ANY(%s) AND refund_total > 0 AND state NOT IN ('proposed', 'withdrawn', 'closed')"
            " ORDER BY number DESC",
            [municipality_code, list(numbers)],
        ).fetchall()


_WAITING = """
    SELECT taxpayer.id AS person_id, addressee_number, taxpayer.name, what, who, actor, since FROM (
        SELECT inheritance.municipality_code, inheritance.addressee_number, '相続人代表者の指定' AS what,
            heir.name AS who, latest.actor, latest.effective_on AS since
        FROM inheritance JOIN LATERAL (SELECT state, actor, effective_on, position FROM inheritance_event
            WHERE inheritance_id = inheritance.id ORDER BY id DESC LIMIT 1) AS latest ON latest.state = 'proposed'
        JOIN heir ON heir.inheritance_id = inheritance.id AND heir.position = latest.position
        UNION ALL
        SELECT municipality_code, addressee_number, '納税管理人の承認', tax_agent.name, registered_by, filed_on
        FROM tax_agent JOIN LATERAL (SELECT state FROM tax_agent_event
            WHERE agent_id = tax_agent.id ORDER BY id DESC LIMIT 1) AS latest ON latest.state = 'applied'
    ) AS found JOIN taxpayer USING (municipality_code, addressee_number)
    WHERE municipality_code = %(code)s ORDER BY since, addressee_number
"""
#: The dead who owe (特別徴収 is owed by others) and have no 相続人代表者, under any number that means them.
_UNREPRESENTED = """
    WITH numbered AS (
        SELECT taxpayer.addressee_number, coalesce(survivor.into_number, taxpayer.addressee_number) AS person,
            status, status_date
        FROM taxpayer LEFT JOIN addressee_survivor AS survivor
            ON survivor.municipality_code = taxpayer.municipality_code
            AND survivor.from_number = taxpayer.addressee_number
        WHERE taxpayer.municipality_code = %(code)s
    ), the_dead AS (
        SELECT person, min(status_date) AS died_on FROM numbered WHERE status = 'dead' GROUP BY person
    ), owing AS (
        SELECT the_dead.person, the_dead.died_on, sum(due + interest_due)::bigint AS due
        FROM the_dead JOIN numbered USING (person)
        JOIN notice ON notice.municipality_code = %(code)s AND notice.addressee_number = numbered.addressee_number
        JOIN claim ON claim.notice_id = notice.id JOIN claim_balance ON claim_balance.claim_id = claim.id
        WHERE (due > 0 OR interest_due > 0) AND notice.collection_method <> ALL(%(special)s)
        GROUP BY the_dead.person, the_dead.died_on
    )
    SELECT taxpayer.id AS person_id, taxpayer.addressee_number, taxpayer.name, died_on AS status_date, due
    FROM owing JOIN taxpayer ON taxpayer.municipality_code = %(code)s AND taxpayer.addressee_number = owing.person
    WHERE NOT EXISTS (SELECT FROM inheritance JOIN numbered USING (addressee_number)
        JOIN LATERAL (SELECT state FROM inheritance_event
            WHERE inheritance_id = inheritance.id ORDER BY id DESC LIMIT 1) AS latest ON TRUE
        WHERE inheritance.municipality_code = %(code)s AND numbered.person = owing.person
        AND latest.state IN ('declared', 'designated'))
    ORDER BY died_on NULLS FIRST, taxpayer.addressee_number
"""
