"""Who receives for a person, read: the heirs and their representative, tax agents, forwardings; what was sent where."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.people.domain.numbers import PersonNumbers
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.recipients.domain.agents import AgentState, TaxAgent
from kofu.ledger.recipients.domain.heirs import Basis, Heir, HeirsState, Representation
from kofu.ledger.recipients.domain.recipients import (
    DocumentKind,
    DocumentSubject,
    Forwarding,
    Held,
    Recipient,
    recipient_of,
)
from kofu.ledger.recipients.domain.rights import RecordedRights

DEAD = "dead"
SENT_MAX = 200


@dataclass(frozen=True, slots=True)
class RecipientEvent:
    """One event: what, from when it counts, by whom, when, why."""

    event: str
    effective_on: date
    actor: str
    occurred_at: datetime
    reason: str
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedHeirs:
    """相続 on record. `chosen`: position of the representative, or of who is proposed."""

    inheritance_id: UUID
    basis: Basis
    died_on: date
    filed_on: date
    declare_by: date | None
    state: HeirsState
    heirs: tuple[Heir, ...]
    heir_ids: tuple[int, ...]
    chosen: int | None
    since: date | None
    events: tuple[RecipientEvent, ...]

    @property
    def representation(self) -> Representation:
        """As the rule of recipients wants it."""
        heir = None if self.chosen is None else self.heirs[self.chosen]
        return Representation(state=self.state, heirs=self.heirs, representative=heir, since=self.since)

    @property
    def proposed_by(self) -> str:
        """Who proposed the 指定 that waits or was decided."""
        return self.proposed[0].by if self.proposed else ""

    @property
    def proposed(self) -> tuple[PendingProposal, ...]:
        """The proposal of the 指定 that waits or was decided, or none."""
        return tuple(
            PendingProposal(one.actor, one.occurred_at) for one in reversed(self.events) if one.event == "propose"
        )[:1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAgent:
    """納税管理人 on record."""

    agent_id: UUID
    number: int
    agent: TaxAgent
    filed_on: date
    registered_by: str
    events: tuple[RecipientEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedForwarding:
    """送付先変更 on record."""

    forwarding_id: UUID
    forwarding: Forwarding
    reason: str
    registered_by: str
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientFacts:
    """Everything the rule of recipients looks at, for one person. `heirs`: None where none are registered."""

    municipality_code: str
    addressee_number: str
    person_id: int
    person: DocumentSubject
    status_date: date | None
    heirs: RecordedHeirs | None
    agents: tuple[RecordedAgent, ...]
    forwardings: tuple[RecordedForwarding, ...]

    def recipient(self, document: DocumentKind, on: date, taxes: frozenset[Tax]) -> Recipient | Held:
        """Apply the rule to a document about `taxes` on a day."""
        return recipient_of(
            document,
            self.person,
            on,
            taxes=taxes,
            representation=self.heirs.representation if self.heirs else None,
            agents=[one.agent for one in self.agents],
            forwardings=[one.forwarding for one in self.forwardings],
        )

    @property
    def rights(self) -> RecordedRights:
        """What the record says of who may apply for the person's certificates."""
        return RecordedRights(
            dead=self.person.dead,
            agents=tuple(one.agent for one in self.agents),
            representation=self.heirs.representation if self.heirs else None,
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """A document that was made for sending."""

    document: str
    reference: str
    role: str
    why: str
    name: str
    postal_code: str
    address: str
    made_by: str
    made_at: datetime


def standing_of(
    connection: psycopg.Connection, municipality_code: str, addressee_number: str, *, lock: bool = False
) -> RecipientFacts:
    """Read who receives for a person. `lock`: others who would change it wait until this transaction ends.

    What is on record under any number that means the person counts: dead or protected under one is dead or protected;
    name and address are those of the number that stands for them. Raises `OperatorFault` `person_unknown`.
    """
    numbers = numbers_of(connection, municipality_code, addressee_number)
    rows = connection.execute(
        "SELECT addressee_number, id, name, postal_code, address, status, status_date, protected FROM taxpayer"
        " WHERE municipality_code = %s AND addressee_number = ANY(%s) ORDER BY id" + (" FOR UPDATE" if lock else ""),
        [municipality_code, list(numbers)],
    ).fetchall()
    if not rows:
        raise OperatorFault("person_unknown", "nobody has this 宛名番号; search by name")
    named = min(rows, key=lambda row: numbers.index(row[0]))
    _, person_id, name, postal_code, address, _, status_date, _ = named
    death = next((row for row in (named, *rows) if row[5] == DEAD), None)
    return RecipientFacts(
        municipality_code=municipality_code,
        addressee_number=addressee_number,
        person_id=person_id,
        person=DocumentSubject(
            name=name,
            postal_code=postal_code,
            address=address,
            dead=death is not None,
            protected=any(row[7] for row in rows),
        ),
        status_date=death[6] if death else status_date,
        heirs=_heirs(connection, municipality_code, numbers),
        agents=_agents(connection, municipality_code, numbers),
        forwardings=_forwardings(connection, municipality_code, numbers),
    )


def documents_sent(connection: psycopg.Connection, municipality_code: str, addressee_number: str) -> list[Sent]:
    """List what was sent about a person, under any number that means them, to whom and why, the latest first."""
    with connection.cursor(row_factory=class_row(Sent)) as cursor:
        return cursor.execute(
            "SELECT document, reference, role, why, name, postal_code, address, made_by, made_at FROM outgoing_document"
            f" WHERE municipality_code = %s AND addressee_number = ANY(%s) ORDER BY id DESC LIMIT {SENT_MAX}",
            [municipality_code, list(numbers_of(connection, municipality_code, addressee_number))],
        ).fetchall()


def addressee_of_inheritance(connection: psycopg.Connection, municipality_code: str, inheritance_id: UUID) -> str:
    """Give whose heirs these are. Raises `OperatorFault` `no_such_inheritance`."""
    return _owner(connection, "inheritance", municipality_code, inheritance_id)


def addressee_of_agent(connection: psycopg.Connection, municipality_code: str, agent_id: UUID) -> str:
    """Give whose 納税管理人 this is. Raises `OperatorFault` `no_such_tax_agent`."""
    return _owner(connection, "tax_agent", municipality_code, agent_id)


def addressee_of_forwarding(connection: psycopg.Connection, municipality_code: str, forwarding_id: UUID) -> str:
    """Give whose 送付先変更 this is. Raises `OperatorFault` `no_such_forwarding`."""
    return _owner(connection, "forwarding", municipality_code, forwarding_id)


def _owner(connection: psycopg.Connection, table: str, municipality_code: str, row_id: UUID) -> str:
    row = connection.execute(
        f"SELECT addressee_number FROM {table} WHERE municipality_code = %s AND id = %s", [municipality_code, row_id]
    ).fetchone()
    if row is None:
        raise OperatorFault(f"no_such_{table}", "there is none of this number; look at the person's page again")
    return str(row[0])


def _heirs(connection: psycopg.Connection, municipality_code: str, numbers: PersonNumbers) -> RecordedHeirs | None:
    """Read the latest 相続 of a person: the one that was not replaced, or that was ended last."""
    row = connection.execute(
        "SELECT id, basis, died_on, filed_on, declare_by FROM inheritance"
        " WHERE municipality_code = %s AND addressee_number = ANY(%s) AND NOT EXISTS (SELECT FROM inheritance_event"
        " WHERE inheritance_id = inheritance.id AND event = 'replace') ORDER BY registered_at DESC, id LIMIT 1",
        [municipality_code, list(numbers)],
    ).fetchone()
    if row is None:
        return None
    inheritance_id, basis, died_on, filed_on, declare_by = row
    heirs = connection.execute(
        "SELECT id, name, postal_code, address, relation, share_numerator, share_denominator, signed,"
        " addressee_number, corporate_number, protected FROM heir WHERE inheritance_id = %s ORDER BY position",
        [inheritance_id],
    ).fetchall()
    events = connection.execute(
        "SELECT event, effective_on, actor, occurred_at, reason, position, state FROM inheritance_event"
        " WHERE inheritance_id = %s ORDER BY id",
        [inheritance_id],
    ).fetchall()
    state = HeirsState(events[-1][6]) if events else HeirsState.REGISTERED
    choosing = next((one for one in reversed(events) if one[5] is not None), None)
    return RecordedHeirs(
        inheritance_id=inheritance_id,
        basis=Basis(basis),
        died_on=died_on,
        filed_on=filed_on,
        declare_by=declare_by,
        state=state,
        heirs=tuple(
            Heir(
                name=name,
                postal_code=postal_code,
                address=address,
                relation=relation,
                share=Fraction(numerator, denominator),
                signed=signed,
                addressee_number=number,
                corporate_number=corporate,
                protected=protected,
            )
            for _, name, postal_code, address, relation, numerator, denominator, signed, number, corporate, protected
            in heirs
        ),
        heir_ids=tuple(one[0] for one in heirs),
        chosen=None if state is HeirsState.REGISTERED or choosing is None else choosing[5],
        since=choosing[1] if choosing else None,
        events=tuple(RecipientEvent(*one[:6]) for one in events),
    )  # fmt: skip


def _agents(
    connection: psycopg.Connection, municipality_code: str, numbers: PersonNumbers
) -> tuple[RecordedAgent, ...]:
    rows = connection.execute(
        "SELECT id, number, name, postal_code, address, inside, taxes, may_certify, confirmed, filed_on, valid_from,"
        " valid_until, registered_by FROM tax_agent WHERE municipality_code = %s AND addressee_number = ANY(%s)"
        " ORDER BY number DESC",
        [municipality_code, list(numbers)],
    ).fetchall()
    events: defaultdict[UUID, list[tuple[RecipientEvent, str]]] = defaultdict(list)
    for agent_id, event, on, actor, at, reason, state in connection.execute(
        "SELECT agent_id, event, effective_on, actor, occurred_at, reason, state FROM tax_agent_event"
        " WHERE agent_id = ANY(%s) ORDER BY id",
        [[row[0] for row in rows]],
    ):
        events[agent_id].append((RecipientEvent(event, on, actor, at, reason), state))
    found = []
    for row in rows:
        (agent_id, number, name, postal_code, address, inside, taxes, may_certify, confirmed, filed_on, first, last,
         registered_by) = row  # fmt: skip
        agent = TaxAgent(
            name=name,
            postal_code=postal_code,
            address=address,
            inside=inside,
            taxes=frozenset(Tax(one) for one in taxes),
            state=AgentState(events[agent_id][-1][1]),
            valid_from=first,
            valid_until=last,
            may_certify=may_certify,
            confirmed=confirmed or any(one.event == "confirm" for one, _ in events[agent_id]),
        )
        for one, _ in events[agent_id]:
            if one.event in {"replace", "dismiss"}:
                ends = one.effective_on if last is None else min(last, one.effective_on)
                agent = replace(agent, valid_until=ends)
        found.append(
            RecordedAgent(
                agent_id=agent_id,
                number=number,
                agent=agent,
                filed_on=filed_on,
                registered_by=registered_by,
                events=tuple(one for one, _ in events[agent_id]),
            )
        )
    return tuple(found)


def _forwardings(
    connection: psycopg.Connection, municipality_code: str, numbers: PersonNumbers
) -> tuple[RecordedForwarding, ...]:
    rows = connection.execute(
        "SELECT id, postal_code, address, care_of, reason, registered_by, valid_from, least(valid_until, ended.on_day),"
        " confirmed OR EXISTS (SELECT FROM forwarding_event WHERE forwarding_id = forwarding.id AND event = 'confirm'),"
        " ended.on_day IS NOT NULL"
        " FROM forwarding LEFT JOIN LATERAL (SELECT min(effective_on) AS on_day FROM forwarding_event"
        " WHERE forwarding_id = forwarding.id AND event = 'end') AS ended ON TRUE"
        " WHERE municipality_code = %s AND addressee_number = ANY(%s) ORDER BY registered_at DESC, id",
        [municipality_code, list(numbers)],
    ).fetchall()
    return tuple(
        RecordedForwarding(
            forwarding_id=forwarding_id,
            forwarding=Forwarding(
                postal_code=postal_code,
                address=address,
                care_of=care_of,
                valid_from=first,
                valid_until=last,
                confirmed=confirmed,
            ),
            reason=reason,
            registered_by=registered_by,
            ended=ended,
        )
        for forwarding_id, postal_code, address, care_of, reason, registered_by, first, last, confirmed, ended in rows
    )
