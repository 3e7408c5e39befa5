"""⑮⑯ 相続人代表者: a 届出 with every signature is in force at once; a 指定 is proposed by one, decided by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, ensure
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.special_collection import SPECIAL_METHODS
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.recipients.domain.heirs import (
    HEIRS_LIFE,
    Basis,
    Heir,
    HeirsEvent,
    HeirShare,
    HeirsState,
    check_designation,
    check_heirs,
    split,
)
from kofu.ledger.recipients.read_recipients import RecipientFacts, RecordedHeirs, addressee_of_inheritance, standing_of
from kofu.platform.standing_proposals import require_decider


@dataclass(frozen=True, slots=True)
class OwedByHeirs:
    """A 期別 of the dead person that is unpaid, and what of 本税 and 延滞金 is whose, in yen."""

    claim_id: int
    place: str
    due: tuple[HeirShare, ...]
    interest: tuple[HeirShare, ...]


def register_heirs(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    heirs: Sequence[Heir],
    *,
    basis: Basis,
    representative: int | None,
    died_on: date,
    filed_on: date,
    declare_by: date | None,
    acting: Acting,
) -> UUID:
    """Register a 届出, a 変更届 or what a survey found; give its id. What stood before is replaced.

    A 届出 names the representative (position of the heir) and is in force from `filed_on`. A survey names none.
    Raises `OperatorFault` `person_unknown`, `not_dead`, `representative_missing`, and what `check_heirs` raises.
    """
    declares = basis is not Basis.SURVEY
    with connection.transaction():
        standing = standing_of(connection, municipality_code, addressee_number, lock=True)
        if not standing.person.dead:
            raise OperatorFault("not_dead", "the resident record does not say that this person died; check it first")
        check_heirs(heirs, basis, died_on=died_on, filed_on=filed_on)
        if declares and (representative is None or not 0 <= representative < len(heirs)):
            raise OperatorFault("representative_missing", "a 届出 names one of the heirs as representative")
        before = standing.heirs
        if before is not None and before.state not in {HeirsState.REPLACED, HeirsState.ENDED}:
            _happen(connection, before, HeirsEvent.REPLACE, on=filed_on, reason="新しい届出・調査の登録", acting=acting)
        inheritance_id = uuid4()
        connection.execute(
            "INSERT INTO inheritance (id, municipality_code, addressee_number, basis, died_on, filed_on, declare_by,"
            " registered_by, registered_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                inheritance_id, municipality_code, addressee_number, basis, died_on, filed_on,
                None if declares else declare_by, acting.actor, acting.now,
            ],
        )  # fmt: skip
        _store_heirs(connection, inheritance_id, heirs)
        if declares:
            state = HEIRS_LIFE.after(HeirsState.REGISTERED, HeirsEvent.DECLARE)
            _event(
                connection,
                inheritance_id,
                HeirsEvent.DECLARE,
                state,
                position=representative,
                on=filed_on,
                reason="",
                acting=acting,
            )
        record(connection, acting, "heirs.register", basis.value, inheritance=inheritance_id.hex, heirs=len(heirs))
    return inheritance_id


def propose_designation(
    connection: psycopg.Connection,
    municipality_code: str,
    inheritance_id: UUID,
    *,
    position: int,
    reason: str,
    acting: Acting,
) -> None:
    """指定の起案, once the day the heirs had for a 届出 is over. Decides nothing.

    Raises `OperatorFault` `heirs_state`, `declaration_awaited`, `declaration_not_asked`, `representative_missing`.
    """
    ensure(bool(reason), "a 指定 names its reason")
    with connection.transaction():
        heirs = _locked(connection, municipality_code, inheritance_id)
        today = day_in_japan(acting.now)
        check_designation(declare_by=heirs.declare_by, today=today)
        if not 0 <= position < len(heirs.heirs):
            raise OperatorFault("representative_missing", "a 指定 names one of the heirs")
        _happen(connection, heirs, HeirsEvent.PROPOSE, on=today, reason=reason, acting=acting, position=position)
        record(connection, acting, "heirs.propose", HeirsState.PROPOSED.value, inheritance=inheritance_id.hex)


def approve_designation(
    connection: psycopg.Connection, municipality_code: str, inheritance_id: UUID, *, acting: Acting
) -> None:
    """指定の決裁 by a second person: the representative receives from today; the 指定通知書 can be printed.

    Raises `OperatorFault` `heirs_state`, `second_person_needed`.
    """
    with connection.transaction():
        heirs = _locked(connection, municipality_code, inheritance_id)
        require_decider(connection, acting.actor, *heirs.proposed, what="a 指定")
        today = day_in_japan(acting.now)
        _happen(connection, heirs, HeirsEvent.APPROVE, on=today, reason="", acting=acting, position=heirs.chosen)
        record(connection, acting, "heirs.designate", HeirsState.DESIGNATED.value, inheritance=inheritance_id.hex)


def withdraw_designation(
    connection: psycopg.Connection, municipality_code: str, inheritance_id: UUID, *, reason: str, acting: Acting
) -> None:
    """取下げ of a proposal. Raises `OperatorFault` `heirs_state`."""
    with connection.transaction():
        heirs = _locked(connection, municipality_code, inheritance_id)
        _happen(connection, heirs, HeirsEvent.WITHDRAW, on=day_in_japan(acting.now), reason=reason, acting=acting)
        record(connection, acting, "heirs.withdraw", HeirsState.REGISTERED.value, inheritance=inheritance_id.hex)


def end_representation(
    connection: psycopg.Connection, municipality_code: str, inheritance_id: UUID, *, reason: str, acting: Acting
) -> None:
    """終了 (everything is settled, or the representative died): documents are held until another is registered.

    Raises `OperatorFault` `heirs_state`.
    """
    with connection.transaction():
        heirs = _locked(connection, municipality_code, inheritance_id)
        _happen(connection, heirs, HeirsEvent.END, on=day_in_japan(acting.now), reason=reason, acting=acting)
        record(connection, acting, "heirs.end", HeirsState.ENDED.value, inheritance=inheritance_id.hex)


def owed_by_heirs(connection: psycopg.Connection, standing: RecipientFacts) -> tuple[OwedByHeirs, ...]:
    """Give what is unpaid of a dead person, by 期別 and heir (法9条2項). Nothing where no heirs are registered.

    特別徴収 that was not remitted is none of it: the 特別徴収義務者 owes it.
    """
    if standing.heirs is None:
        return ()
    rows = connection.execute(
        "SELECT claim.id, fiscal_year || '年度 ' || CASE tax WHEN 'resident' THEN '住民税' ELSE '軽自動車税' END"
        " || ' ' || notice_number || '-' || installment, due, interest_due"
        " FROM notice JOIN claim ON claim.notice_id = notice.id JOIN claim_balance ON claim_id = claim.id"
        " WHERE municipality_code = %s AND addressee_number = ANY(%s) AND (due > 0 OR interest_due > 0)"
        " AND collection_method <> ALL(%s) ORDER BY due_date, claim.id",
        [
            standing.municipality_code,
            list(numbers_of(connection, standing.municipality_code, standing.addressee_number)),
            list(SPECIAL_METHODS),
        ],
    ).fetchall()
    heirs = standing.heirs.heirs
    return tuple(
        OwedByHeirs(claim_id, place, split(due, heirs), split(interest, heirs))
        for claim_id, place, due, interest in rows
    )


def _locked(connection: psycopg.Connection, municipality_code: str, inheritance_id: UUID) -> RecordedHeirs:
    """Lock the person and give their heirs. Raises `OperatorFault` `heirs_state` where they were replaced meanwhile."""
    number = addressee_of_inheritance(connection, municipality_code, inheritance_id)
    found = standing_of(connection, municipality_code, number, lock=True).heirs
    if found is None or found.inheritance_id != inheritance_id:
        raise OperatorFault("heirs_state", "these heirs were replaced by a later 届出; look at the person's page again")
    return found


def _store_heirs(connection: psycopg.Connection, inheritance_id: UUID, heirs: Sequence[Heir]) -> None:
    for position, heir in enumerate(heirs):
        connection.execute(
            "INSERT INTO heir (inheritance_id, position, name, postal_code, address, relation, share_numerator,"
            " share_denominator, signed, addressee_number, corporate_number, protected)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                inheritance_id, position, heir.name, heir.postal_code, heir.address, heir.relation,
                heir.share.numerator, heir.share.denominator, heir.signed, heir.addressee_number,
                heir.corporate_number, heir.protected,
            ],
        )  # fmt: skip


def _happen(
    connection: psycopg.Connection,
    heirs: RecordedHeirs,
    event: HeirsEvent,
    *,
    on: date,
    reason: str,
    acting: Acting,
    position: int | None = None,
) -> None:
    state = HEIRS_LIFE.after(heirs.state, event)
    _event(connection, heirs.inheritance_id, event, state, position=position, on=on, reason=reason, acting=acting)


def _event(
    connection: psycopg.Connection,
    inheritance_id: UUID,
    event: HeirsEvent,
    state: HeirsState,
    *,
    position: int | None,
    on: date,
    reason: str,
    acting: Acting,
) -> None:
    connection.execute(
        "INSERT INTO inheritance_event (inheritance_id, event, state, position, effective_on, actor, occurred_at,"
        " reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [inheritance_id, event, state, position, on, acting.actor, acting.now, reason],
    )
