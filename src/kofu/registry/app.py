"""What the registry's stand-in answers over mutually authenticated TLS: is a card certificate good, does a hold stand.

Virtual cards get their certificates here too, as real ones do at the counter of a municipality.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import httpx
import msgspec
import psycopg
import structlog
from cryptography.hazmat.primitives import serialization
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kofu.contracts.issuing import ErrorBody
from kofu.contracts.registry import (
    LookUp,
    PersonAsked,
    ProtectedPeople,
    SpecimenCard,
    SpecimenCertificate,
    StandingHolds,
)
from kofu.core.calendar import JST
from kofu.core.errors import KofuError, PeerFault
from kofu.platform.answer_record import AnswerRecord, KnownBy, record_of_answers
from kofu.platform.hold_outbox import send_waiting
from kofu.platform.message_bodies import HUNG_UP, decode_message, read_body
from kofu.platform.outbox import SendReport
from kofu.platform.profiles import load_profile
from kofu.platform.serve import peer_of
from kofu.platform.settings import database_url as configured_url
from kofu.platform.settings import profile_path, url_of, var_dir
from kofu.platform.tls import client_context, tls_files
from kofu.registry.domain.validity import SerialRecord
from kofu.registry.jpki.authority import CardIssuer, certify, load_authority
from kofu.registry.jpki.status import RevokedCard, answer, read_request, revocation_list
from kofu.registry.look_ups import answer_look_up, question_of, record_look_up
from kofu.registry.serials import CHANGES, LOOK_UP, REVOKED
from kofu.registry.standing_holds import MESSAGES, asking_about, protected_numbers, protecting, standing_kinds

PEERS = frozenset({"center"})
ASKERS = frozenset({"ledger"})
KIOSKS = "kiosk-"
BODY_BYTES_MAX = 4096
STATUS = {"body_too_large": 413, "hung_up": HUNG_UP, "look_up_repeated": 409}
UNREAD = frozenset({"body_too_large", "hung_up", "malformed", "not_json"})
POOL_WAIT_SECONDS_MAX = 2.0
SECONDS_BETWEEN_ROUNDS = 2.0
CRL_MADE_ANEW = timedelta(hours=6)  # a quarter of the time it is good for

log = structlog.get_logger()


def today_in_japan() -> date:
    """Give the day by which certificates expire."""
    return datetime.now(JST).date()


@dataclass(frozen=True, slots=True)
class MadeList:
    """A list of revoked certificates, and when it was signed."""

    at: datetime
    content: bytes


@dataclass(frozen=True, slots=True)
class Registry:
    """The endpoints, around a pool, the card authority, a clock and the record of who was told about whom.

    `lists` holds the last list of revoked certificates under what it was made from: it is made anew with each change.
    """

    pool: AsyncConnectionPool
    cards: CardIssuer
    today: Callable[[], date]
    record: AnswerRecord
    lists: dict[tuple[int, datetime | None], MadeList] = field(default_factory=dict)

    async def _record_of(self, serial: str, peer: str, action: str) -> SerialRecord | None:
        """Read what is known of a card; that `peer` is told is on record with it."""
        async with self.pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(SerialRecord))
            found = await (await cursor.execute(LOOK_UP, (serial,))).fetchone()
            result = "not_found" if found is None else "told"
            await self.record.add(connection, peer, action, result, scope=KnownBy.SERIAL, people=[serial])
            return found

    async def ocsp(self, request: Request) -> Response:
        """Answer whether a certificate is good (RFC 6960)."""
        if peer_of(request.scope) not in PEERS:
            log.warning("registry.peer_refused")
            return _error(403, "peer_not_allowed", "peer", "only the centre may ask")
        try:
            question, serial = read_request(await read_body(request, BODY_BYTES_MAX))
            record = await self._record_of(serial, peer_of(request.scope), "card.validity")
        except PeerFault as error:
            return _error(STATUS.get(error.code, 400), error.code, "peer", error.message)
        except (psycopg.Error, PoolTimeout) as error:
            # No answer is not a yes: the centre refuses (P3)
            log.error("registry.database", kind=type(error).__name__)  # noqa: TRY400 - a driver's traceback may hold data
            return _error(503, "database_unavailable", "ours", "the registry cannot read its serials now")
        log.info("registry.ocsp")
        content = answer(question, self.cards, record, today=self.today(), now=datetime.now(UTC))
        return Response(content, media_type="application/ocsp-response")

    async def crl(self, request: Request) -> Response:
        """Give the list of revoked certificates (RFC 5280)."""
        if peer_of(request.scope) not in PEERS:
            return _error(403, "peer_not_allowed", "peer", "only the centre may ask")
        now = datetime.now(UTC)
        try:
            async with self.pool.connection() as connection:
                changes: Any = await (await connection.execute(CHANGES)).fetchone()
                made = self.lists.get(changes)
                if made is None or now - made.at >= CRL_MADE_ANEW:
                    cursor = connection.cursor(row_factory=class_row(RevokedCard))
                    cards = await (await cursor.execute(REVOKED)).fetchall()
                    made = MadeList(now, revocation_list(self.cards, cards, now))
                    self.lists.clear()
                    self.lists[changes] = made
        except (psycopg.Error, PoolTimeout) as error:
            log.error("registry.database", kind=type(error).__name__)  # noqa: TRY400 - as above
            return _error(503, "database_unavailable", "ours", "the registry cannot read its serials now")
        return Response(made.content, media_type="application/pkix-crl")

    async def specimen_card(self, request: Request) -> Response:
        """Give a virtual card its certificate."""
        if not peer_of(request.scope).startswith(KIOSKS):
            return _error(403, "peer_not_allowed", "peer", "only kiosks hold virtual cards")
        try:
            card = decode_message(await read_body(request, BODY_BYTES_MAX), SpecimenCard)
            record = await self._record_of(card.serial, peer_of(request.scope), "card.specimen")
            if record is None:
                return _error(404, "unknown_serial", "peer", "no card of this serial is known")
            certificate = certify(
                self.cards,
                serial=card.serial,
                public_key=card.public_key,
                valid_from=record.valid_from,
                valid_to=record.valid_to,
            )
        except PeerFault as error:
            if error.code in UNREAD:
                return _unread(error)
            return _error(400, "bad_request", "peer", "a specimen card has an RSA key of 2048 bits")
        except (psycopg.Error, PoolTimeout) as error:
            log.error("registry.database", kind=type(error).__name__)  # noqa: TRY400 - as above
            return _error(503, "database_unavailable", "ours", "the registry cannot read its serials now")
        return _json(SpecimenCertificate(certificate=certificate.public_bytes(serialization.Encoding.DER)))

    async def standing_holds(self, request: Request) -> Response:
        """Answer the ledger what stands against a person now (P7)."""
        if peer_of(request.scope) not in ASKERS:
            return _error(403, "peer_not_allowed", "peer", "only the ledger may ask what stands against a person")
        try:
            asked = decode_message(await read_body(request, BODY_BYTES_MAX), PersonAsked)
            async with self.pool.connection() as connection:
                rows: Any = await (await connection.execute(MESSAGES, asking_about(asked))).fetchall()
                kinds = standing_kinds(asked, (bytes(row[0]) for row in rows))
                code, people, peer = asked.municipality_code, [asked.addressee_number], peer_of(request.scope)
                await self.record.add(connection, peer, "person.standing_holds", "told", scope=code, people=people)
        except PeerFault as error:
            return _unread(error)
        except (psycopg.Error, PoolTimeout) as error:
            # No answer is not a yes: the counter refuses (P3)
            log.error("registry.database", kind=type(error).__name__)  # noqa: TRY400 - as above
            return _error(503, "database_unavailable", "ours", "the registry cannot read its holds now")
        log.info("registry.standing_holds")
        return _json(StandingHolds(kinds=kinds))

    async def look_up(self, request: Request) -> Response:
        """Find one person outside the ward; who asked and what for is on record before the answer leaves."""
        if peer_of(request.scope) not in ASKERS:
            return _error(403, "peer_not_allowed", "peer", "only the ledger may look for people")
        try:
            asked = decode_message(await read_body(request, BODY_BYTES_MAX), LookUp)
            question = question_of(asked)
            async with self.pool.connection() as connection:
                answer = await answer_look_up(connection, asked, question)
                await record_look_up(self.record, connection, peer_of(request.scope), asked, answer)
        except PeerFault as error:
            if error.code in UNREAD:
                return _unread(error)
            return _error(STATUS.get(error.code, 422), error.code, "peer", error.message)
        except (psycopg.Error, PoolTimeout) as error:
            log.error("registry.database", kind=type(error).__name__)  # noqa: TRY400 - a driver's traceback may hold data
            return _error(503, "database_unavailable", "ours", "the registry cannot look for people now")
        log.info("registry.look_up", found=answer.count)
        return _json(answer)

    async def protected_people(self, request: Request) -> Response:
        """Answer the ledger who is under 支援措置 now."""
        if peer_of(request.scope) not in ASKERS:
            return _error(403, "peer_not_allowed", "peer", "only the ledger may ask who is protected")
        try:
            async with self.pool.connection() as connection:
                rows: Any = await (await connection.execute(MESSAGES, protecting())).fetchall()
                code, peer = request.path_params["code"], peer_of(request.scope)
                numbers = protected_numbers(code, (bytes(row[0]) for row in rows))
                await self.record.add(connection, peer, "people.protected", "told", scope=code, people=numbers)
        except (psycopg.Error, PoolTimeout) as error:
            log.error("registry.database", kind=type(error).__name__)  # noqa: TRY400 - as above
            return _error(503, "database_unavailable", "ours", "the registry cannot read its holds now")
        return _json(ProtectedPeople(addressee_numbers=numbers))

    async def healthz(self, _: Request) -> Response:
        """Say whether the serials can be read."""
        try:
            async with self.pool.connection() as connection:
                await connection.execute("SELECT FROM card_serial LIMIT 1")
        except (psycopg.Error, PoolTimeout) as error:
            log.error("registry.database", kind=type(error).__name__)  # noqa: TRY400 - a driver's traceback may hold data
            return _error(503, "database_unavailable", "ours", "the registry cannot read its serials now")
        return Response(b'{"status":"ok"}', media_type="application/json")


def create_app(
    database_url: str | None = None,
    *,
    authority: CardIssuer | None = None,
    today: Callable[[], date] = today_in_japan,
    send_holds: Callable[[], SendReport] | None = None,
    specimens: bool | None = None,
) -> Starlette:
    """Build the app. `database_url`: conninfo; `today`: the clock; `send_holds`: one round of sending the outbox.

    `authority`: the card authority's key, by default the stand-in's under `var/jpki`. `specimens`: whether virtual
    cards get certificates, by default only under a profile whose papers say 見本: a kiosk that could have a certificate
    for any serial would need nobody's card.

    Without `database_url` all comes from the environment, and holds that wait are sent every few seconds.
    """
    if database_url is None and send_holds is None:
        send_holds = send_from_environment
    cards = authority if authority is not None else load_authority(var_dir() / "jpki")
    pool = AsyncConnectionPool(
        database_url or configured_url("registry"), min_size=1, max_size=4, open=False, timeout=POOL_WAIT_SECONDS_MAX
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with pool, _sending(send_holds):
            yield

    registry = Registry(pool, cards, today, record_of_answers("registry"))
    routes = [
        Route("/v1/ocsp", registry.ocsp, methods=["POST"]),
        Route("/v1/crl", registry.crl, methods=["GET"]),
        Route("/v1/standing-holds", registry.standing_holds, methods=["POST"]),
        Route("/v1/municipalities/{code}/protected-people", registry.protected_people, methods=["GET"]),
        Route("/v1/look-ups", registry.look_up, methods=["POST"]),
        Route("/healthz", registry.healthz, methods=["GET"]),
    ]
    if load_profile(profile_path()).specimen if specimens is None else specimens:
        routes.append(Route("/v1/specimen-cards", registry.specimen_card, methods=["POST"]))
    return Starlette(routes=routes, lifespan=lifespan)


def send_from_environment() -> SendReport:
    """Send what waits in the outbox to `issuing`, with the registry's own certificate."""
    with (
        psycopg.connect(configured_url("registry"), autocommit=True) as connection,
        httpx.Client(base_url=url_of("issuing"), verify=client_context(tls_files("registry"))) as client,
    ):
        return send_waiting(connection, client, datetime.now(UTC))


@asynccontextmanager
async def _sending(send: Callable[[], SendReport] | None) -> AsyncIterator[None]:
    task = asyncio.create_task(_keep_sending(send)) if send else None
    try:
        yield
    finally:
        if task:
            task.cancel()


async def _keep_sending(send: Callable[[], SendReport]) -> None:
    """Send again and again: a hold that could not be sent at once goes out as soon as `issuing` answers (P7)."""
    while True:
        try:
            report = await asyncio.to_thread(send)
        except (psycopg.Error, KofuError) as error:
            log.error("registry.holds_not_sent", kind=type(error).__name__)  # noqa: TRY400 - as above
        else:
            if report.delivered or report.failures:
                log.info("registry.holds", delivered=report.delivered, waiting=report.waiting)
        await asyncio.sleep(SECONDS_BETWEEN_ROUNDS)


def _unread(fault: PeerFault) -> Response:
    """Answer what could not be read. Its words quote nothing of the body: what was asked is personal."""
    if fault.code in {"body_too_large", "hung_up"}:
        return _error(STATUS[fault.code], fault.code, "peer", fault.message)
    return _error(400, "bad_request", "peer", "the body is not the question this address takes")


def _json(message: msgspec.Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(message), status, media_type="application/json")


def _error(status: int, code: str, blame: Literal["ours", "peer", "operator"], message: str) -> Response:
    return _json(ErrorBody(code=code, blame=blame, message=message), status)
