"""口座振替の依頼: what is due on a 納期限 from registered accounts becomes the banks' request file, line by line.

An answer is held against the request it answers; what was not debited is listed with the bank's reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.banks import BankProblem, names_of
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.banks.doubtful_accounts import unconfirmed
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.domain.day_decisions import DayDecision, DecisionState
from kofu.ledger.debit.codecs.direct_debit import (
    DebitDeposit,
    DebitFile,
    DebitHeader,
    DebitLine,
    NewCode,
    decode_request,
    encode_request,
)
from kofu.ledger.debit.domain.direct_debit import METHOD, TAX, NotDebited, is_new_account
from kofu.ledger.formats.bank_forms import BankForm, form_of
from kofu.ledger.formats.zengin_kana import to_zengin
from kofu.ledger.profile.domain.answer_rules import AnswerRules, OutgoingKind
from kofu.ledger.profile.ledger_profile import DebitConsignor
from kofu.ledger.sent_files.answers import sent_out
from kofu.ledger.sent_files.stored_files import content_of_reference
from kofu.ledger.slips.codecs.convenience import BarcodeProfile
from kofu.ledger.slips.codecs.customer_numbers import customer_number
from kofu.platform import audit
from kofu.platform.stored_rows import StoredRows

NAME_BYTES = 15
#: What registered accounts pay on a 納期限, each 期別 once; of an 増額 with a later one nothing is due yet. Numbers
#: that mean one person (宛名の統合) share an account, of two the latest is debited. `dead`: under any of the numbers.
_WAITING = """
WITH mandates AS (
    SELECT mandate.*, coalesce(survivor.into_number, mandate.addressee_number) AS person
    FROM debit_mandate AS mandate LEFT JOIN addressee_survivor AS survivor
        ON survivor.municipality_code = mandate.municipality_code AND survivor.from_number = mandate.addressee_number
    WHERE mandate.municipality_code = %(municipality)s AND mandate.tax = %(tax)s
), the_dead AS (
    SELECT coalesce(survivor.into_number, taxpayer.addressee_number) AS person
    FROM taxpayer LEFT JOIN addressee_survivor AS survivor
        ON survivor.municipality_code = taxpayer.municipality_code
        AND survivor.from_number = taxpayer.addressee_number
    WHERE taxpayer.municipality_code = %(municipality)s AND taxpayer.status = 'dead'
), waiting AS (
    SELECT DISTINCT ON (claim.id) claim.id AS claim_id, claim.due_date, claim.installment, due_then.amount AS due,
        notice.municipality_code, notice.addressee_number, notice.notice_number, mandate.id AS mandate_id,
        mandate.person, mandate.starts_on, mandate.bank_code, mandate.branch_code, mandate.account_type,
        mandate.account_number, mandate.holder, mandate.person IN (SELECT person FROM the_dead) AS dead
    FROM claim
    JOIN notice ON notice.id = claim.notice_id
    JOIN claim_balance balance ON balance.claim_id = claim.id
    CROSS JOIN LATERAL (
        SELECT balance.due - coalesce(sum(amount), 0)::bigint AS amount FROM claim_increase AS increase
        WHERE increase.claim_id = claim.id AND increase.due_date > claim.due_date) AS due_then
    LEFT JOIN addressee_survivor AS survivor ON survivor.municipality_code = notice.municipality_code
        AND survivor.from_number = notice.addressee_number
    JOIN mandates AS mandate ON mandate.person = coalesce(survivor.into_number, notice.addressee_number)
    LEFT JOIN debit_mandate_end gone ON gone.mandate_id = mandate.id
    WHERE notice.municipality_code = %(municipality)s AND notice.tax = %(tax)s
        AND notice.collection_method = %(method)s AND balance.due > 0
        AND due_then.amount > 0
        AND claim.due_date BETWEEN %(first)s AND %(last)s AND mandate.starts_on <= claim.due_date
        AND (gone.ends_on IS NULL OR claim.due_date < gone.ends_on)
        AND NOT EXISTS (
            SELECT FROM debit_request_line line WHERE line.debit_on = claim.due_date AND line.claim_id = claim.id)
    ORDER BY claim.id, mandate.starts_on DESC, mandate.registered_at DESC
)
"""


@dataclass(frozen=True, slots=True)
class DebitDay:
    """A 納期限 that can be asked for: how many claims, yen in all."""

    debit_on: date
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A claim of a registered person that is not in the file, and why."""

    addressee_number: str
    notice_number: str
    installment: str
    why: NotDebited


@dataclass(frozen=True, slots=True)
class MadeRequest:
    """A request file: its name, its bytes, how many lines, yen in all, what was left out."""

    request_id: UUID
    name: str
    content: bytes
    count: int
    total: int
    left_out: tuple[NotAsked, ...]


@dataclass(frozen=True, slots=True)
class DebitRequestRow:
    """A request as it is listed: lines in all, answered with money, answered without."""

    request_id: UUID
    debit_on: date
    number: int
    name: str
    count: int
    total: int
    made_by: str
    made_at: datetime
    paid: int
    failed: int


@dataclass(frozen=True, slots=True)
class RequestedLine:
    """One line of a request and what the bank said: `event` pay, fail, or "" where it has not answered."""

    addressee_number: str
    name: str
    notice_number: str
    installment: str
    claim_id: int
    amount: int
    event: str
    result: str
    due: int


def days_to_request(connection: psycopg.Connection, municipality_code: str, *, after: date) -> list[DebitDay]:
    """List the coming 納期限 with claims to debit that were not asked for, the nearest first."""
    with connection.cursor(row_factory=class_row(DebitDay)) as cursor:
        return cursor.execute(
            f"{_WAITING} SELECT due_date AS debit_on, count(*), sum(due)::bigint AS total FROM waiting WHERE NOT dead"
            " GROUP BY due_date ORDER BY due_date LIMIT 12",
            _values(municipality_code, after + timedelta(days=1), date.max),
        ).fetchall()


def request_debits(
    connection: psycopg.Connection,
    municipality_code: str,
    consignor: DebitConsignor,
    barcode: BarcodeProfile,
    *,
    debit_on: date,
    answers: AnswerRules,
    acting: Acting,
    forms: Sequence[BankForm] = (),
) -> MadeRequest:
    """Make the file for a day and remember each line, in one transaction: all of it or nothing.

    `forms`: how each bank wants its files; the one of the consignor's bank is taken.
    Raises `OperatorFault` `debit_day_past`, `nothing_to_debit`, `all_left_out`, and where a line cannot be written.
    """
    if debit_on <= day_in_japan(acting.now):
        raise OperatorFault("debit_day_past", f"{debit_on} is not ahead; the banks are asked before the day")
    with connection.transaction():
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('debit request ' || %s, 0))", [municipality_code]
        )
        lines: list[tuple[int, UUID, DebitLine]] = []
        left_out: list[NotAsked] = []
        found = _waiting(connection, municipality_code, debit_on)
        doubtful = unconfirmed(connection, municipality_code, (waiting.account for waiting in found))
        for waiting in found:
            made = NotDebited.DOUBTFUL if waiting.account in doubtful else _line(waiting, barcode)
            if isinstance(made, NotDebited):
                left_out.append(NotAsked(waiting.addressee_number, waiting.notice_number, waiting.installment, made))
            else:
                lines.append((waiting.claim_id, waiting.mandate_id, made))
        if not lines and left_out:
            reasons = ", ".join(sorted({left.why.value for left in left_out}))
            raise OperatorFault("all_left_out", f"{len(left_out)} claims, and none can be asked for: {reasons}")
        if not lines:
            raise OperatorFault("nothing_to_debit", f"no registered account is to be debited on {debit_on}")
        number = _next_number(connection, municipality_code, debit_on)
        form = form_of(forms, consignor.bank_code, day_in_japan(acting.now))
        content = encode_request(
            DebitFile(
                header=replace(_header(consignor, debit_on), code_mark=form.code_mark),
                lines=tuple(line for _, _, line in lines),
                newline=form.newline,
                tail=form.tail,
            )
        )
        name = f"kouza-{debit_on:%Y%m%d}-{number:02d}.txt"
        total = sum(line.amount for _, _, line in lines)
        request_id = uuid4()
        connection.execute(
            "INSERT INTO debit_request (id, municipality_code, number, debit_on, name, sha256, rows, total,"
            " made_by, made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                request_id, municipality_code, number, debit_on, name, hashlib.sha256(content).hexdigest(),
                len(lines), total, acting.actor, acting.now,
            ],
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO debit_request_line (request_id, debit_on, claim_id, mandate_id, customer_number, amount)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [
                    (request_id, debit_on, claim_id, mandate_id, line.customer_number, line.amount)
                    for claim_id, mandate_id, line in lines
                ],
            )
        sent_out(
            connection, municipality_code, OutgoingKind.DEBIT_REQUEST, name,
            counted_from=debit_on, reference=request_id, answers=answers, acting=acting, content=content,
        )  # fmt: skip
        _record(connection, acting, request_id, len(lines), total)
    return MadeRequest(request_id, name, content, len(lines), total, tuple(left_out))


def requested_in(connection: psycopg.Connection, municipality_code: str) -> Callable[[date], list[DebitFile]]:
    """Give what the banks were asked for a day, for reading their answer."""

    def requested(debit_on: date) -> list[DebitFile]:
        rows = connection.execute(
            "SELECT name, id FROM debit_request WHERE municipality_code = %s AND debit_on = %s ORDER BY number",
            [municipality_code, debit_on],
        ).fetchall()
        return [
            decode_request(content_of_reference(connection, made), file=name, processed_on=debit_on)
            for name, made in rows
        ]

    return requested


def requested_days(connection: psycopg.Connection, municipality_code: str) -> list[date]:
    """List every 引落日 the banks were ever asked for: from it the answer, which says no year, has its own."""
    rows = connection.execute(
        "SELECT DISTINCT debit_on FROM debit_request WHERE municipality_code = %s ORDER BY debit_on",
        [municipality_code],
    ).fetchall()
    return [day for (day,) in rows]


def unanswered_days(connection: psycopg.Connection, municipality_code: str) -> list[date]:
    """List the 引落日 the banks were asked for and have not answered in every line by an answer that was posted.

    A day is answered too where two people decided that nothing was paid by it (収納なし): a request the banks never
    carried out, or an answer that is lost, holds 督促 back no longer.
    """
    rows = connection.execute(
        "SELECT DISTINCT line.debit_on FROM debit_request request JOIN debit_request_line line"
        f" ON line.request_id = request.id WHERE request.municipality_code = %s AND NOT EXISTS ({_POSTED_ANSWER})"
        f" AND NOT EXISTS ({_NOTHING_PAID}) ORDER BY line.debit_on",
        [municipality_code],
    )
    return [row[0] for row in rows]


def claims_asked(connection: psycopg.Connection, claim_ids: Iterable[int]) -> set[int]:
    """Give those of these claims the banks were asked for without an answer, as `unanswered_days` tells."""
    rows = connection.execute(
        f"SELECT line.claim_id FROM debit_request_line line WHERE line.claim_id = ANY(%s)"
        f" AND NOT EXISTS ({_POSTED_ANSWER}) AND NOT EXISTS ({_NOTHING_PAID})",
        [sorted(set(claim_ids))],
    )
    return {row[0] for row in rows}


#: Customer numbers are counted in each municipality by itself: only its own banks' answers are about its lines.
_OF_ITS_MUNICIPALITY = """
batch.municipality_code = (SELECT own.municipality_code FROM debit_request own WHERE own.id = line.request_id)
"""
#: Lines of an answer that were left out of its batch say nothing.
_TAKEN = """
NOT EXISTS (SELECT FROM batch_problem bad WHERE bad.batch_id = batch_row.batch_id AND bad.line = batch_row.line)
"""
_POSTED_ANSWER = f"""
SELECT FROM batch_row JOIN batch ON batch.id = batch_row.batch_id
WHERE batch.kind = 'debit_result' AND batch.state = 'posted' AND {_OF_ITS_MUNICIPALITY}
    AND batch_row.key = to_char(line.debit_on, 'YYYYMMDD') || '|' || line.customer_number AND {_TAKEN}
"""
_NOTHING_PAID = f"""
SELECT FROM accounting_decision AS decision JOIN debit_request AS sent
    ON sent.municipality_code = decision.municipality_code
WHERE sent.id = line.request_id AND decision.channel = '{Channel.DIRECT_DEBIT}' AND decision.reach = line.debit_on
    AND decision.kind = '{DayDecision.NOTHING_PAID}' AND decision.state = '{DecisionState.APPROVED}'
"""
#: Of several answers to a line the one that brought money, else the newest.
_ANSWER = f"""
LEFT JOIN LATERAL (
    SELECT batch_row.event, batch_row.result FROM batch_row JOIN batch ON batch.id = batch_row.batch_id
    WHERE batch.kind = 'debit_result' AND batch.state <> 'rejected' AND {_OF_ITS_MUNICIPALITY}
        AND batch_row.key = to_char(line.debit_on, 'YYYYMMDD') || '|' || line.customer_number AND {_TAKEN}
    ORDER BY (batch_row.event = 'pay') DESC, batch.received_at DESC LIMIT 1) answer ON true
"""


#: The requests of a municipality (`code`), the newest first; which lines were answered is added by `with_answers`.
REQUESTS = StoredRows(
    row=DebitRequestRow,
    query=(
        "SELECT id AS request_id, debit_on, number, name, rows AS count, total, made_by, made_at, 0 AS paid,"
        " 0 AS failed FROM debit_request WHERE municipality_code = %(code)s"
    ),
    order="debit_on DESC, number DESC",
    instants=frozenset({"made_at"}),
)


def with_answers(connection: psycopg.Connection, requests: Sequence[DebitRequestRow]) -> list[DebitRequestRow]:
    """Add to requests how many of their lines the bank answered, with money and without."""
    found = connection.execute(
        "SELECT line.request_id, count(*) FILTER (WHERE answer.event = 'pay'),"
        f" count(*) FILTER (WHERE answer.event = 'fail') FROM debit_request_line line {_ANSWER}"
        " WHERE line.request_id = ANY(%s) GROUP BY line.request_id",
        [[one.request_id for one in requests]],
    )
    answered: dict[UUID, tuple[int, int]] = {request_id: (paid, failed) for request_id, paid, failed in found}
    counted = [(one, *answered.get(one.request_id, (0, 0))) for one in requests]
    return [replace(one, paid=paid, failed=failed) for one, paid, failed in counted]


def read_request(
    connection: psycopg.Connection, municipality_code: str, request_id: UUID
) -> tuple[DebitRequestRow, list[RequestedLine]] | None:
    """Read a request and its lines: those the bank could not debit first, then those without an answer."""
    with connection.cursor(row_factory=class_row(DebitRequestRow)) as cursor:
        cursor.execute(f"{REQUESTS.query} AND id = %(id)s", {"code": municipality_code, "id": request_id})
        found = with_answers(connection, cursor.fetchall())
    if not found:
        return None
    with connection.cursor(row_factory=class_row(RequestedLine)) as cursor:
        lines = cursor.execute(
            "SELECT notice.addressee_number, coalesce(person.name, '') AS name, notice.notice_number,"
            " claim.installment, claim.id AS claim_id, line.amount, coalesce(answer.event, '') AS event,"
            " coalesce(answer.result, '') AS result, balance.due"
            " FROM debit_request_line line JOIN claim ON claim.id = line.claim_id"
            " JOIN claim_balance balance ON balance.claim_id = claim.id"
            " JOIN notice ON notice.id = claim.notice_id"
            " LEFT JOIN taxpayer person ON person.municipality_code = notice.municipality_code"
            f" AND person.addressee_number = notice.addressee_number {_ANSWER}"
            " WHERE line.request_id = %s"
            " ORDER BY CASE answer.event WHEN 'fail' THEN 0 WHEN 'pay' THEN 2 ELSE 1 END, notice.notice_number,"
            " claim.id",
            [request_id],
        ).fetchall()
    return found[0], lines


def content_of(connection: psycopg.Connection, municipality_code: str, request_id: UUID) -> tuple[str, bytes] | None:
    """Give the file of a request again: the bytes that were made."""
    row = connection.execute(
        "SELECT name FROM debit_request WHERE municipality_code = %s AND id = %s",
        [municipality_code, request_id],
    ).fetchone()
    return (row[0], content_of_reference(connection, request_id)) if row else None


# -- parts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Waiting:
    claim_id: int
    addressee_number: str
    notice_number: str
    installment: str
    due: int
    mandate_id: UUID
    bank_code: str
    branch_code: str
    account_type: str
    account_number: str
    holder: str
    dead: bool
    in_grace: bool
    advised: bool
    asked_before: bool
    is_first: bool

    @property
    def account(self) -> BankAccount:
        """The account that would be debited."""
        return BankAccount(
            bank_code=self.bank_code,
            branch_code=self.branch_code,
            account_type=self.account_type,
            account_number=self.account_number,
            holder=self.holder,
        )


def _waiting(connection: psycopg.Connection, municipality_code: str, debit_on: date) -> list[_Waiting]:
    with connection.cursor(row_factory=class_row(_Waiting)) as cursor:
        return cursor.execute(
            f"{_WAITING} SELECT claim_id, addressee_number, notice_number, installment, due, mandate_id, bank_code,"
            " branch_code, account_type, account_number, holder, dead,"
            " EXISTS (SELECT FROM arrears_event AS event WHERE event.claim_id = waiting.claim_id"
            " AND happening IN ('grace', 'extended') AND (until IS NULL OR until >= waiting.due_date)"
            " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)) AS in_grace,"
            " EXISTS (SELECT FROM advised_payment advice WHERE advice.municipality_code = waiting.municipality_code"
            " AND advice.notice_number = waiting.notice_number AND advice.installment = waiting.installment"
            " AND advice.state = 'advised') AS advised,"
            " EXISTS (SELECT FROM debit_request_line before WHERE before.mandate_id = waiting.mandate_id)"
            " AS asked_before,"
            " NOT EXISTS (SELECT FROM mandates earlier WHERE earlier.person = waiting.person"
            " AND earlier.starts_on < waiting.starts_on) AS is_first"
            " FROM waiting ORDER BY notice_number, claim_id",
            _values(municipality_code, debit_on, debit_on),
        ).fetchall()


def _values(municipality_code: str, first: date, last: date) -> dict[str, object]:
    return {"municipality": municipality_code, "tax": TAX, "method": METHOD, "first": first, "last": last}


def _line(waiting: _Waiting, barcode: BarcodeProfile) -> DebitLine | NotDebited:
    if waiting.dead:
        return NotDebited.DEAD
    if waiting.in_grace:
        return NotDebited.IN_GRACE
    if waiting.advised:
        return NotDebited.ADVISED
    number = customer_number(barcode, waiting.notice_number, waiting.installment)
    if number is None:
        return NotDebited.NO_NUMBER
    try:
        bank, branch = names_of(waiting.bank_code, waiting.branch_code)
    except BankProblem:
        return NotDebited.BANK_GONE
    return DebitLine(
        bank_code=waiting.bank_code,
        bank_name=bank[:NAME_BYTES],
        branch_code=waiting.branch_code,
        branch_name=branch[:NAME_BYTES],
        deposit=DebitDeposit(waiting.account_type),
        account_number=waiting.account_number,
        holder_kana=waiting.holder,
        amount=waiting.due,
        new_code=NewCode(is_new_account(asked_before=waiting.asked_before, is_first=waiting.is_first)),
        customer_number=number,
    )


def _header(consignor: DebitConsignor, debit_on: date) -> DebitHeader:
    bank, branch = names_of(consignor.bank_code, consignor.branch_code)
    return DebitHeader(
        consignor_code=consignor.consignor_code,
        consignor_name=to_zengin(consignor.consignor_name),
        debit_on=debit_on,
        bank_code=consignor.bank_code,
        bank_name=bank[:NAME_BYTES],
        branch_code=consignor.branch_code,
        branch_name=branch[:NAME_BYTES],
    )


def _next_number(connection: psycopg.Connection, municipality_code: str, debit_on: date) -> int:
    row = connection.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM debit_request WHERE municipality_code = %s AND debit_on = %s",
        [municipality_code, debit_on],
    ).fetchone()
    return int(row[0]) if row else 1


def _record(connection: psycopg.Connection, acting: Acting, request_id: UUID, count: int, total: int) -> None:
    audit.append(
        connection,
        acting.lane,
        audit.AuditEntry(
            action="debit.request",
            actor=acting.actor,
            result="made",
            occurred_at=acting.now,
            detail={"request": str(request_id), "lines": count, "total": total},
        ),
    )
