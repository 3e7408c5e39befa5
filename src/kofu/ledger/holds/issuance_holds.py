"""発行停止 and 更正処理中: what cannot wait for the night leaves at once, and comes back when it is safe (P7).

::

    set ─────────────► in force at `issuing` within seconds          (outbox, same transaction)
     │ stop lifted, or set by mistake ─► released at once
     └ the correction is in the ledger (settled) ─► a night's feed states it ─► `issuing` reads it ─► released

While a correction is not settled, what is stated of the person and year says 更正処理中, for counter and feed alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import httpx
import msgspec
import psycopg

from kofu.contracts.issuing import ActiveData, HoldKind
from kofu.contracts.unreadable import UNREADABLE
from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, OurFault, PeerFault
from kofu.core.fiscal_year import fiscal_year_of
from kofu.core.four_eyes import REASON_LENGTH_MAX, require_reason
from kofu.core.short_text import shortened
from kofu.ledger.acting.night_lock import LOCK_IN_TRANSACTION
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.people.domain.numbers import PersonNumbers
from kofu.ledger.people.numbers import numbers_of
from kofu.platform.hold_outbox import new_hold, next_release, queue_one, send_waiting
from kofu.platform.outbox import SendReport, ensure_outside_transaction

#: One person and 課税年度 that a correction is worked on for.
Place = tuple[str, int]
KINDS = (HoldKind.ISSUANCE_STOP, HoldKind.CORRECTING)


@dataclass(frozen=True, slots=True)
class HoldRound:
    """How a round of talking to `issuing` ended: messages sent, and holds released because their feed is active."""

    sent: SendReport
    released: int


def set_hold(
    connection: psycopg.Connection,
    *,
    municipality_code: str,
    addressee_number: str,
    kind: HoldKind,
    fiscal_year: int | None,
    reason: str,
    acting: Acting,
) -> UUID:
    """Stop certificates of a person: 発行停止, or 更正処理中 of a 課税年度. The message is stored to be sent at once.

    Raises `OperatorFault` `person_unknown`, `hold_year` where a correction names no year or a stop does, `hold_kind`.
    """
    words = require_reason(reason, "a hold names its reason")
    if kind not in KINDS:
        raise OperatorFault("hold_kind", "the ledger sets 発行停止 and 更正処理中; the registry sets the others")
    if (kind is HoldKind.CORRECTING) != (fiscal_year is not None):
        raise OperatorFault("hold_year", "更正処理中 is of one 課税年度; 発行停止 is of none")
    with connection.transaction():
        known = connection.execute(
            "SELECT EXISTS (SELECT FROM taxpayer WHERE municipality_code = %s AND addressee_number = %s)",
            [municipality_code, addressee_number],
        ).fetchone()
        if not (known and known[0]):
            raise OperatorFault("person_unknown", "nobody has this 宛名番号; search by name")
        hold_id = _put(
            connection,
            municipality_code=municipality_code,
            addressee_number=addressee_number,
            kind=kind,
            fiscal_year=fiscal_year,
            file_id=None,
            reason=words,
            acting=acting,
        )
        record(connection, acting, "hold.set", kind.value, hold=hold_id.hex)
    return hold_id


def lift_stop(connection: psycopg.Connection, hold_id: UUID, *, reason: str, acting: Acting) -> None:
    """End a 発行停止, at once. Raises `OperatorFault` `hold_state` where it is none or was lifted before."""
    with connection.transaction():
        _settle(connection, hold_id, HoldKind.ISSUANCE_STOP, reason, acting)
        _release(connection, [hold_id], acting.now)
        record(connection, acting, "hold.lift", HoldKind.ISSUANCE_STOP.value, hold=hold_id.hex)


def settle_correction(
    connection: psycopg.Connection, hold_id: UUID, *, reason: str, acting: Acting, at_once: bool = False
) -> None:
    """Say that a correction is in the ledger: the hold ends when a feed that states it is active at `issuing`.

    `at_once`: it was set by mistake, nothing was corrected; it ends now. Raises `OperatorFault` `hold_state`.
    """
    with connection.transaction():
        _settle(connection, hold_id, HoldKind.CORRECTING, reason, acting)
        if at_once:
            _release(connection, [hold_id], acting.now)
        result = "at_once" if at_once else "waits_for_feed"
        record(connection, acting, "hold.settle", result, hold=hold_id.hex)


def hold_for_file(
    connection: psycopg.Connection,
    municipality_code: str,
    file_id: UUID,
    places: Iterable[Place],
    *,
    reason: str,
    acting: Acting,
) -> int:
    """Put every person and year a received file corrects under 更正処理中, in the caller's transaction; give how many.

    People nobody knows stay out: the row itself is reported.
    """
    wanted = sorted(set(places))
    known = {
        row[0]
        for row in connection.execute(
            "SELECT addressee_number FROM taxpayer WHERE municipality_code = %s AND addressee_number = ANY(%s)",
            [municipality_code, sorted({number for number, _ in wanted})],
        )
    }
    kept = [(number, year) for number, year in wanted if number in known]
    for number, year in kept:
        _put(
            connection,
            municipality_code=municipality_code,
            addressee_number=number,
            kind=HoldKind.CORRECTING,
            fiscal_year=year,
            file_id=file_id,
            reason=reason,
            acting=acting,
        )
    return len(kept)


def restate_holds(
    connection: psycopg.Connection, municipality_code: str, numbers: PersonNumbers, *, reason: str, acting: Acting
) -> None:
    """Make holds follow a person whose numbers were merged or parted, in the caller's transaction (P7).

    `numbers`: all that are concerned. What stands against one number of a person stands against each, at once. Until a
    feed states what the numbers mean now, none of them gets a certificate: 更正処理中 that ends with that feed.
    """
    for hold_id, number in connection.execute(
        "SELECT id, addressee_number FROM issuance_hold WHERE municipality_code = %s"
        " AND addressee_number = ANY(%s) AND released_at IS NULL ORDER BY set_at, id",
        [municipality_code, list(numbers)],
    ).fetchall():
        sent = connection.execute(
            "SELECT addressee_number, message_id FROM issuance_hold_message"
            " WHERE hold_id = %s AND released_at IS NULL ORDER BY id",
            [hold_id],
        ).fetchall()
        standing: dict[str, str] = dict(sent)
        means = numbers_of(connection, municipality_code, number)
        for one in means:
            if one not in standing:
                _send(connection, hold_id, one, acting.now)
        for gone in standing.keys() - set(means):
            _release_message(connection, standing[gone], acting.now)
    for person in sorted({numbers_of(connection, municipality_code, number)[0] for number in numbers}):
        hold_id = _put(
            connection,
            municipality_code=municipality_code,
            addressee_number=person,
            kind=HoldKind.CORRECTING,
            fiscal_year=fiscal_year_of(day_in_japan(acting.now)),
            file_id=None,
            reason=reason,
            acting=acting,
        )
        _settle(connection, hold_id, HoldKind.CORRECTING, reason, acting)


def settle_file(
    connection: psycopg.Connection,
    file_id: UUID,
    *,
    reason: str,
    acting: Acting,
    but: AbstractSet[Place] = frozenset(),
    at_once: bool = False,
) -> None:
    """Settle what a file put under 更正処理中, in the caller's transaction, when it is posted or sent back.

    `but`: of these its row stayed out, the correction is still to come. `at_once`: the file was sent back; nothing of
    it changes anything.
    """
    rows = connection.execute(
        "SELECT id, addressee_number, fiscal_year FROM issuance_hold WHERE file_id = %s AND settled_at IS NULL"
        " ORDER BY id FOR UPDATE",
        [file_id],
    ).fetchall()
    settled = [hold_id for hold_id, number, year in rows if (number, year) not in but]
    connection.execute(
        "UPDATE issuance_hold SET settled_by = %s, settled_at = %s, settled_reason = %s WHERE id = ANY(%s)",
        [acting.actor, acting.now, shortened(reason, REASON_LENGTH_MAX), settled],
    )
    if at_once:
        _release(connection, settled, acting.now)


def send_and_release(
    connection: psycopg.Connection, client: httpx.Client, municipality_code: str, now: datetime
) -> HoldRound:
    """Send what waits; where feeds or corrections wait to be read, ask `issuing` what it reads and follow that.

    `client` has the address of `issuing` and the ledger's certificate. What cannot be sent waits for the next round.
    Raises `PeerFault` `bad_answer` where `issuing` answers what is no `ActiveData`.
    """
    released = 0
    waiting = connection.execute(
        "SELECT EXISTS (SELECT FROM issuance_hold WHERE municipality_code = %s AND kind = 'correcting'"
        " AND released_at IS NULL AND generation IS NOT NULL)"
        " OR EXISTS (SELECT FROM feed_generation WHERE municipality_code = %s AND published_at IS NOT NULL"
        " AND delivered_at IS NULL)",
        [municipality_code, municipality_code],
    ).fetchone()
    if waiting and waiting[0]:
        released = ask_and_follow(connection, client, municipality_code, now)
    return HoldRound(send_waiting(connection, client, now), released)


def ask_and_follow(connection: psycopg.Connection, client: httpx.Client, municipality_code: str, now: datetime) -> int:
    """Ask `issuing` which tax feed is active and follow it; give how many corrections were released.

    Raises `PeerFault` `bad_answer` where `issuing` answers what is no `ActiveData`.
    """
    ensure_outside_transaction(connection)
    active = _active_feed(client, municipality_code)
    return 0 if active is None else follow_active(connection, active, now)


def follow_active(connection: psycopg.Connection, active: ActiveData, now: datetime) -> int:
    """Take note of the tax feed that is active: release the corrections it states; give how many.

    Only a feed of this ledger states its corrections. One of another sender, taken in at `issuing` by hand, does not,
    whatever its number: it is put on record once, the numbers count on from it, and the next feed is a full one. A
    difference would be refused there, or build on what this ledger never said.
    """
    code = active.municipality_code
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('kofu ledger active ' || %s, 0))", [code])
        own = connection.execute(
            "SELECT mode = 'taken_over' OR (mode <> 'elsewhere' AND manifest_sha256 = %s) FROM feed_generation"
            " WHERE municipality_code = %s AND generation = %s",
            [active.tax_feed_sha256, code, active.tax_feed_generation],
        ).fetchone()
        if not (own and own[0]):
            _count_on(connection, active, now)
            return 0
        rows = connection.execute(
            "SELECT id FROM issuance_hold WHERE municipality_code = %s AND kind = 'correcting'"
            " AND released_at IS NULL AND generation <= %s ORDER BY id FOR UPDATE",
            [code, active.tax_feed_generation],
        ).fetchall()
        _release(connection, [row[0] for row in rows], now)
        connection.execute(
            "UPDATE feed_generation SET delivered_at = %s WHERE municipality_code = %s AND generation <= %s"
            " AND delivered_at IS NULL",
            [now, code, active.tax_feed_generation],
        )
    return len(rows)


def _count_on(connection: psycopg.Connection, active: ActiveData, now: datetime) -> None:
    """Put a feed of another sender on record: under its number, or under the next where that is a feed of ours.

    A ledger without feeds has nothing to count on from. The figures the next night is judged by stay the last night's.
    """
    night = connection.execute(LOCK_IN_TRANSACTION, [active.municipality_code]).fetchone()
    if not active.tax_feed_sha256 or not (night and night[0]):
        return  # a night is at work: the next round looks again
    connection.execute(
        "INSERT INTO feed_generation (municipality_code, generation, mode, business_date, created_at, folder,"
        " manifest_sha256, files, figures, published_at, delivered_at)"
        " SELECT municipality_code, greatest(generation + 1, %(generation)s), 'elsewhere', business_date, %(now)s, '',"
        " %(sha256)s::text, '[]', figures, %(now)s, %(now)s FROM feed_generation WHERE municipality_code = %(code)s"
        " AND NOT EXISTS (SELECT FROM feed_generation AS known WHERE known.municipality_code = %(code)s"
        " AND known.mode = 'elsewhere' AND known.manifest_sha256 = %(sha256)s::text)"
        " ORDER BY generation DESC LIMIT 1",
        {
            "code": active.municipality_code,
            "generation": active.tax_feed_generation,
            "sha256": active.tax_feed_sha256,
            "now": now,
        },
    )


def _active_feed(client: httpx.Client, municipality_code: str) -> ActiveData | None:
    """Ask which tax feed is active; None where `issuing` cannot be asked now: the next round asks again."""
    try:
        answer = client.get(f"/v1/municipalities/{municipality_code}/data")
    except httpx.TransportError:
        return None
    if answer.status_code != httpx.codes.OK:
        return None
    try:
        data = msgspec.json.decode(answer.content, type=ActiveData)
    except UNREADABLE:
        raise PeerFault("bad_answer", "issuing answered what is no ActiveData") from None
    if data.municipality_code != municipality_code:
        raise PeerFault("bad_answer", "issuing answered for another municipality")
    return data


def _put(
    connection: psycopg.Connection,
    *,
    municipality_code: str,
    addressee_number: str,
    kind: HoldKind,
    fiscal_year: int | None,
    file_id: UUID | None,
    reason: str,
    acting: Acting,
) -> UUID:
    hold_id = uuid4()
    connection.execute(
        "INSERT INTO issuance_hold (id, municipality_code, addressee_number, kind, fiscal_year, file_id, reason,"
        " set_by, set_at, settled_by, settled_reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '', '')",
        [
            hold_id, municipality_code, addressee_number, kind, fiscal_year, file_id,
            shortened(reason, REASON_LENGTH_MAX), acting.actor, acting.now,
        ],
    )  # fmt: skip
    # under every number: the receiver may know the person by the number that stands for them, or not yet
    for number in numbers_of(connection, municipality_code, addressee_number):
        _send(connection, hold_id, number, acting.now)
    return hold_id


def _send(connection: psycopg.Connection, hold_id: UUID, addressee_number: str, now: datetime) -> None:
    """Let a hold stand at `issuing` under one number of the person: the first message bears the hold's own id."""
    row = connection.execute(
        "SELECT municipality_code, kind, EXISTS (SELECT FROM issuance_hold_message WHERE hold_id = hold.id)"
        " FROM issuance_hold AS hold WHERE id = %s",
        [hold_id],
    ).fetchone()
    if row is None:
        raise OurFault("unknown_in_ledger", "a hold is stored before it is sent")
    municipality_code, kind, sent_before = row
    message_id = uuid4().hex if sent_before else hold_id.hex
    hold = new_hold(
        hold_id=message_id,
        municipality_code=municipality_code,
        kind=HoldKind(kind),
        addressee_number=addressee_number,
        serial=None,
        effective_from=day_in_japan(now),
        sent_at=now,
    )
    queue_one(connection, hold, now)
    connection.execute(
        "INSERT INTO issuance_hold_message (hold_id, message_id, addressee_number, queued_at) VALUES (%s, %s, %s, %s)",
        [hold_id, message_id, addressee_number, now],
    )


def _settle(connection: psycopg.Connection, hold_id: UUID, kind: HoldKind, reason: str, acting: Acting) -> None:
    words = require_reason(reason, "ending a hold names its reason")
    settled = connection.execute(
        "UPDATE issuance_hold SET settled_by = %s, settled_at = %s, settled_reason = %s"
        " WHERE id = %s AND kind = %s AND settled_at IS NULL",
        [acting.actor, acting.now, words, hold_id, kind],
    ).rowcount
    if not settled:
        raise OperatorFault("hold_state", "this hold was lifted before, or is another one; look at the list again")


def _release(connection: psycopg.Connection, hold_ids: Iterable[UUID], now: datetime) -> None:
    for hold_id in hold_ids:
        rows = connection.execute(
            "SELECT message_id FROM issuance_hold_message WHERE hold_id = %s AND released_at IS NULL ORDER BY id",
            [hold_id],
        ).fetchall()
        for (message_id,) in rows:
            _release_message(connection, message_id, now)
        connection.execute("UPDATE issuance_hold SET released_at = %s WHERE id = %s", [now, hold_id])


def _release_message(connection: psycopg.Connection, message_id: str, now: datetime) -> None:
    queue_one(connection, next_release(connection, message_id, now), now)
    connection.execute("UPDATE issuance_hold_message SET released_at = %s WHERE message_id = %s", [now, message_id])
