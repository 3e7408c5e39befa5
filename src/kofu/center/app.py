"""証明書交付センター: between the kiosks and the wards. It passes certificates through memory and keeps none of them.

Peers are known by their certificates: kiosks (`kiosk-…`) ask here, the centre asks wards and the validity service.
Every answer that is not a success is an `ErrorBody` with a stable code and whose fault it is.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kofu.center import store
from kofu.center.answers import AnswerRefused, ask_neighbour, json_answer, read_body, refuse
from kofu.center.back.keys import keys_dir, read_keys
from kofu.center.back.make import Backs
from kofu.center.back.sheet import Sheets
from kofu.center.card_check import CardAuthority
from kofu.center.card_status import NONCE_BYTES, UNPROVEN, CertificateStatus
from kofu.center.domain.hours import is_open
from kofu.center.domain.requests import NOTHING_DONE, RequestOutcome
from kofu.center.domain.stops import Stops
from kofu.center.environment import card_authority, read_routes, verification_address
from kofu.center.neighbours import NO_QUEUE, MessageDelivery, Neighbours, WardSilent
from kofu.center.on_record import note_passed_on, note_session
from kofu.center.session_tokens import new_token
from kofu.center.stops import find_stop, standing_stops
from kofu.center.words import ASK_LATER, OUT_OF_HOURS
from kofu.contracts.center import (
    AskChallenge,
    CenterDocument,
    CenterIssued,
    CenterRefused,
    Challenge,
    OpenSession,
    Session,
    SessionPrintResult,
    SessionRequest,
    signed_bytes,
)
from kofu.contracts.issuing import AnsweredBefore, CertificateRequest, Issued, Refused, Text
from kofu.contracts.issuing import Outcome as WardAnswer
from kofu.contracts.openapi import CENTER, document
from kofu.core.errors import KofuError, OurFault, PeerFault
from kofu.platform.answer_record import AnswerRecord, record_of_answers
from kofu.platform.fonts import find_font
from kofu.platform.serve import peer_of
from kofu.platform.settings import database_url, url_of
from kofu.platform.tls import fresh_client, tls_files
from kofu.platform.wiped_memory import let_go

SESSION_MINUTES = 40
CHALLENGE_SECONDS = 60
CHALLENGE_BYTES = 32
WARD_SECONDS_MAX = 30.0
REPEAT_SECONDS_MIN = 5.0  # after its deadline a request is still asked for what stands: no paper comes of that
SWEEP_SECONDS = 5.0
ROUND_SECONDS_MAX = 20.0  # of delivering, so that erasing serials never waits longer than that
KIOSK_PREFIX = "kiosk-"
STOPPED = "kind_stopped"
SESSION_ID = re.compile("[0-9a-f]{32}")

log = structlog.get_logger()


@dataclass(slots=True)
class Center:
    """The endpoints, around a pool, the neighbours and a clock."""

    pool: AsyncConnectionPool[psycopg.AsyncConnection]
    neighbours: Neighbours
    clock: Callable[[], datetime]
    backs: Backs
    cards: CardAuthority
    record: AnswerRecord
    always_open: bool = False
    session_minutes: float = SESSION_MINUTES
    ward_seconds_max: float = WARD_SECONDS_MAX
    ticks: Callable[[], float] = time.monotonic

    async def menu(self, request: Request) -> Response:
        """Pass on what the ward offers."""
        self._kiosk(request)
        code = request.path_params["code"]
        ward = self._ward(code)
        stops = await self._stops()
        closed = self._closed(stops, code)
        menu = await ask_neighbour(self.neighbours.menu(ward, code))
        if closed is not None:
            return json_answer(msgspec.structs.replace(menu, open=False, closed_text=closed[1], kinds=()))
        offered = tuple(kind for kind in menu.kinds if stops.of(code, kind.kind) is None)
        return json_answer(msgspec.structs.replace(menu, kinds=offered))

    async def open_session(self, request: Request) -> Response:
        """Check the card's certificate and open a session for it."""
        kiosk = self._kiosk(request)
        question = await read_body(request, OpenSession)
        if question.kiosk_id != kiosk:
            raise AnswerRefused(403, "another_kiosk", "peer", "the message names another kiosk than the certificate")
        self._ward(question.municipality_code)
        closed = self._closed(await self._stops(), question.municipality_code)
        if closed is not None:
            raise AnswerRefused(503, closed[0], "operator", closed[1].en)
        serial = await self._holder(question, kiosk)
        now = self.clock()
        session = store.OpenedSession(new_token(), kiosk, question.municipality_code, serial)
        expires_at = now + timedelta(minutes=self.session_minutes)
        async with self.pool.connection() as connection, connection.transaction():
            if not await store.open_session(connection, session, now=now, expires_at=expires_at):
                raise AnswerRefused(429, "too_many_sessions", "peer", "too many sessions are open")
            await note_session(self.record, connection, session)
        return json_answer(Session(session_id=session.token, expires_at=expires_at))

    async def challenge(self, request: Request) -> Response:
        """Give the card on a kiosk's reader something to sign."""
        kiosk = self._kiosk(request)
        asked = await read_body(request, AskChallenge)
        if asked.kiosk_id != kiosk:
            raise AnswerRefused(403, "another_kiosk", "peer", "the message names another kiosk than the certificate")
        self._ward(asked.municipality_code)
        given = store.GivenChallenge(
            secrets.token_hex(16), kiosk, asked.municipality_code, secrets.token_bytes(CHALLENGE_BYTES)
        )
        now = self.clock()
        expires_at = now + timedelta(seconds=CHALLENGE_SECONDS)
        async with self.pool.connection() as connection:
            if not await store.add_challenge(connection, given, now, expires_at):
                raise AnswerRefused(429, "too_many_challenges", "peer", "this kiosk has too many challenges open")
        return json_answer(Challenge(challenge_id=given.challenge_id, nonce=given.nonce, expires_at=expires_at))

    async def _holder(self, question: OpenSession, kiosk: str) -> str:
        """Give the serial of the card whose holder is at the kiosk, proven by its signature and its authority."""
        now = self.clock()
        async with self.pool.connection() as connection:
            given = await store.use_challenge(connection, question.challenge_id, now)
        if given is None or (given.kiosk_id, given.municipality_code) != (kiosk, question.municipality_code):
            raise AnswerRefused(403, "challenge_over", "peer", "there is no such open challenge of this kiosk")
        signed = signed_bytes(given.challenge_id, given.nonce, kiosk, given.municipality_code)
        try:
            card = self.cards.check(question.certificate, question.signature, signed, now)
        except PeerFault as error:
            raise AnswerRefused(403, error.code, "peer", error.message) from error
        nonce = secrets.token_bytes(NONCE_BYTES)
        try:
            answer = await self.neighbours.ocsp(card.question(nonce))
            status = card.status(answer, nonce, self.clock())
        except WardSilent as error:
            raise AnswerRefused(504, UNPROVEN, "peer", "the validity service does not answer") from error
        except PeerFault as error:
            raise AnswerRefused(502, UNPROVEN, "peer", error.message) from error
        if status.standing is not CertificateStatus.GOOD:
            log.warning("center.card_refused", standing=status.standing, reason=status.reason)
            why = f" ({status.reason})" if status.reason else ""
            words = f"the authority says of the card's certificate: {status.standing}{why}"
            raise AnswerRefused(403, f"certificate_{status.standing}", "peer", words)
        return card.serial

    async def certificate(self, request: Request) -> Response:
        """Ask the ward for one certificate and pass its answer on, through memory only. The same again: the same."""
        kiosk = self._kiosk(request)
        asked = await read_body(request, SessionRequest)
        now = self.clock()
        async with self.pool.connection() as connection:
            session = await self._session(connection, request, kiosk, now)
            stop = (await standing_stops(connection, now)).of(session.municipality_code, asked.kind)
            deadline = now + timedelta(seconds=self.ward_seconds_max)
            noted = await store.note_request(
                connection, session, asked, now=now, deadline=deadline, stop_id=stop.stop_id if stop else ""
            )
        if noted is None:
            raise AnswerRefused(409, "request_not_taken", "peer", "this session cannot ask that (again)")
        question = CertificateRequest(
            request_id=asked.request_id,
            municipality_code=session.municipality_code,
            serial=session.serial,
            kind=asked.kind,
            fiscal_year=asked.fiscal_year,
            copies=asked.copies,
            kiosk_id=kiosk,
            deadline=noted.deadline,
            plate_number=asked.plate_number,
        )
        if not noted.same_body:
            await self._report_reuse(question, noted)
            raise AnswerRefused(409, "request_id_reused", "peer", "this request id was used before with another body")
        if noted.stop_id:
            return await self._stopped(asked.request_id, noted.stop_id)
        if stop is not None and noted.outcome in {RequestOutcome.ASKED, RequestOutcome.FAILED, RequestOutcome.ISSUED}:
            # the ward was asked before and may have issued: that is not to be refused, and does not leave either
            raise AnswerRefused(503, STOPPED, "operator", stop.reason_en)
        ends = self.ticks() + (noted.deadline - now).total_seconds()
        answer = await self._ask_ward(session, question, now)
        match answer:
            case Issued():
                return await self._hand_over(session, answer, noted, ends)
            case Refused():
                if not await self._refused(session, asked.request_id, answer.code):
                    log.error("center.ward_took_back", code=answer.code)
                    raise AnswerRefused(502, "ward_contradicts", "peer", "the ward refused what it had issued; dropped")
                return json_answer(
                    CenterRefused(
                        request_id=answer.request_id,
                        reference=answer.reference,
                        code=answer.code,
                        resident_text=answer.resident_text,
                        next_step=answer.next_step,
                    )
                )
            case AnsweredBefore():
                # no refusal: what stands here stays, and whoever has the paper in hand reports what became of it
                raise AnswerRefused(409, "answered_before", "peer", "the paper of this request was handed over before")

    async def _ask_ward(self, session: store.OpenedSession, question: CertificateRequest, now: datetime) -> WardAnswer:
        """Ask the ward, until the deadline; a repeat after it hears what stands. No answer raises `AnswerRefused`."""
        ward = self._ward(session.municipality_code)
        left = (question.deadline - now).total_seconds()
        try:
            return await self.neighbours.request(ward, question, max(left, REPEAT_SECONDS_MIN))
        except WardSilent as error:
            # it stays "asked": if the ward did issue, the end of the session tells it `unknown`
            raise AnswerRefused(504, error.code, "peer", error.message) from error
        except PeerFault as error:
            if error.code in NOTHING_DONE:
                async with self.pool.connection() as connection:
                    await store.note_nothing_done(connection, question.request_id, error.code)
            raise AnswerRefused(502, error.code, "peer", error.message) from error

    async def _report_reuse(self, question: CertificateRequest, noted: store.NotedRequest) -> None:
        """Let the ward know that an id came with another body, where it has the id for certain: it makes it a case."""
        log.error("center.request_id_reused")
        if (
            noted.outcome in {RequestOutcome.ISSUED, RequestOutcome.REFUSED, RequestOutcome.DROPPED}
            and not noted.stop_id
        ):
            with suppress(PeerFault):
                await self.neighbours.request(self._ward(question.municipality_code), question, self.ward_seconds_max)

    async def _stopped(self, request_id: str, stop_id: str) -> Response:
        """Refuse what a stop refused before the ward was asked: in the same words for ever, the stop lifted or not."""
        async with self.pool.connection() as connection:
            stop = await find_stop(connection, stop_id)
        if stop is None:
            raise OurFault("stop_lost", "a stop is never removed")
        text = Text(ja=stop.reason_ja, en=stop.reason_en)
        return json_answer(
            CenterRefused(request_id=request_id, reference=None, code=STOPPED, resident_text=text, next_step=ASK_LATER)
        )

    async def _hand_over(
        self, session: store.OpenedSession, answer: Issued, noted: store.NotedRequest, ends: float
    ) -> Response:
        """Add the backs and pass the paper on: in time, to who is still there, and where nothing else was told before.

        Too late is by this centre's clock and counter (`ends`), whatever the ward's says: the ward acknowledges a hold
        when the time of a paper on its way is over, so past it nothing goes on from here (P7).
        """
        documents = await self._with_backs(session, answer, noted.asked_at)
        if self.clock() >= noted.deadline or self.ticks() >= ends:
            await self._drop(session, answer.request_id, "too_late")
            raise AnswerRefused(504, "too_late", "peer", "the ward's paper came after the deadline; dropped")
        async with self.pool.connection() as connection, connection.transaction():
            leaves = await store.note_issued(
                connection, answer.request_id, answer.fee_per_copy, answer.documents[0].pages
            )
            await note_passed_on(self.record, connection, session, answer.request_id, leaves)
        if leaves is store.Leaves.SESSION_OVER:
            await self._drop(session, answer.request_id, "session_over")
            raise AnswerRefused(404, "session_over", "peer", "the session ended while the ward was asked; dropped")
        if leaves is store.Leaves.TOLD_OTHERWISE:
            raise AnswerRefused(409, "answered_before", "peer", "this request was answered before, without a paper")
        response = json_answer(
            CenterIssued(
                request_id=answer.request_id,
                reference=answer.reference,
                title=answer.title,
                fee_per_copy=answer.fee_per_copy,
                documents=documents,
            )
        )
        response.background = BackgroundTask(let_go)  # once it is sent: nothing of it stays in memory
        return response

    async def _with_backs(
        self, session: store.OpenedSession, answer: Issued, asked_at: datetime
    ) -> tuple[CenterDocument, ...]:
        """Add the backs, of the moment the request was first asked: a repeat gets the same bytes.

        Where that fails nothing leaves the centre, and the ward is told that nothing was printed.
        """
        try:
            return await asyncio.to_thread(
                lambda: tuple(
                    self.backs.add_to(document, session.municipality_code, asked_at) for document in answer.documents
                )
            )
        except KofuError as error:
            await self._drop(session, answer.request_id, error.code)
            log.error("center.back_failed", code=error.code)  # noqa: TRY400 - a traceback could carry data
            if isinstance(error, PeerFault):
                raise AnswerRefused(502, error.code, "peer", error.message) from error
            raise AnswerRefused(500, "center_fault", "ours", "the centre failed") from error

    async def _drop(self, session: store.OpenedSession, request_id: str, code: str) -> None:
        """Note that the ward's paper did not leave the centre; the ward is told."""
        async with self.pool.connection() as connection:
            await store.note_not_handed_over(connection, session, request_id, code, self.clock())

    async def print_result(self, request: Request) -> Response:
        """Take what became of the paper; the ward gets it now or as soon as it answers."""
        kiosk = self._kiosk(request)
        result = await read_body(request, SessionPrintResult)
        named = request.path_params["session_id"]
        if not SESSION_ID.fullmatch(named):
            raise AnswerRefused(404, "session_over", "peer", "there is no such session of this kiosk")
        async with self.pool.connection() as connection:
            # the session may be over by now: a late word is better than none
            intake = await store.note_print(connection, named, kiosk, result, self.clock())
        if intake is store.ReportIntake.NOTHING_ISSUED:
            raise AnswerRefused(409, "nothing_was_issued", "peer", "this session issued no such request")
        if intake is store.ReportIntake.CONTRADICTION:
            raise AnswerRefused(
                409, "print_contradiction", "peer", "another result was reported before; the ward looks into it"
            )
        # the kiosk does not wait for the ward: what it said is stored, and goes on once it has its answer
        return Response(status_code=204, background=BackgroundTask(self._deliver_now, result.request_id))

    async def end_session(self, request: Request) -> Response:
        """End the session of a resident who has left: the serial goes now, not at the end of its time."""
        kiosk = self._kiosk(request)
        token = request.path_params["session_id"]
        if SESSION_ID.fullmatch(token):  # what cannot be a session is none, and so is over already
            async with self.pool.connection() as connection:
                await store.end_session(connection, token, kiosk, self.clock())
        return Response(status_code=204)

    async def _refused(self, session: store.OpenedSession, request_id: str, code: str) -> bool:
        async with self.pool.connection() as connection, connection.transaction():
            await note_passed_on(self.record, connection, session, request_id, code)
            return await store.note_refused(connection, request_id, code)

    async def _session(
        self, connection: psycopg.AsyncConnection, request: Request, kiosk: str, now: datetime
    ) -> store.OpenedSession:
        named = request.path_params["session_id"]
        session = await store.find_session(connection, named, kiosk, now) if SESSION_ID.fullmatch(named) else None
        if session is None:
            raise AnswerRefused(404, "session_over", "peer", "there is no such open session of this kiosk")
        return session

    async def deliver_waiting(self, request_id: str | None = None) -> None:
        """Bring what waits to the wards: all of it, or the one of `request_id`. The rest waits for the next round.

        All wards at once, and a silent one is asked once: nobody waits for another's time-out.
        """
        async with self.pool.connection() as connection:
            waiting = await store.waiting(connection, request_id)
        by_ward: dict[str, list[store.UndeliveredResult]] = {}
        for result in waiting:
            by_ward.setdefault(result.municipality_code, []).append(result)
        await asyncio.gather(*(self._deliver(code, results) for code, results in by_ward.items()))

    async def _deliver(self, municipality_code: str, results: list[store.UndeliveredResult]) -> None:
        ward = self.neighbours.ward_of(municipality_code)
        delivery = MessageDelivery(reached=True) if ward else MessageDelivery(reached=False, failure="no_route")
        for result in results:
            if ward and delivery.reached:  # a ward that was silent is asked nothing more in this round
                delivery = await self.neighbours.deliver(ward, result.body)
            if delivery.failure:
                log.warning("center.print_result", failure=delivery.failure, reached=delivery.reached)
            at = self.clock() if delivery.taken else None
            async with self.pool.connection() as connection:
                await store.note_delivery(connection, result.report_id, delivery.failure, at)

    async def _deliver_now(self, request_id: str) -> None:
        try:
            await self.deliver_waiting(request_id)
        except (psycopg.Error, TimeoutError) as error:
            log.error("center.delivery_failed", error=type(error).__name__)  # noqa: TRY400 - a traceback could carry data

    async def sweep_for_ever(self) -> None:
        """End expired sessions and bring waiting results, round after round."""
        while True:
            try:
                async with self.pool.connection() as connection:
                    await store.end_expired(connection, self.clock())
                await asyncio.wait_for(self.deliver_waiting(), ROUND_SECONDS_MAX)
            except Exception as error:  # noqa: BLE001 - a sweeper that died would keep serials and results for ever
                log.error("center.sweep_failed", error=type(error).__name__)  # noqa: TRY400 - a traceback could carry data
            await asyncio.sleep(SWEEP_SECONDS)

    async def _stops(self) -> Stops:
        async with self.pool.connection() as connection:
            return await standing_stops(connection, self.clock())

    def _closed(self, stops: Stops, municipality_code: str) -> tuple[str, Text] | None:
        """Say by code and words why nothing of a municipality is served now; None where it is."""
        if not (self.always_open or is_open(self.clock())):
            return "center_closed", OUT_OF_HOURS
        stop = stops.whole(municipality_code)
        return None if stop is None else (f"{stop.level}_stopped", Text(ja=stop.reason_ja, en=stop.reason_en))

    def _ward(self, municipality_code: str) -> str:
        ward = self.neighbours.ward_of(municipality_code)
        if ward is None:
            raise AnswerRefused(404, "unknown_municipality", "peer", "this municipality takes no part in the service")
        return ward

    @staticmethod
    def _kiosk(request: Request) -> str:
        peer = peer_of(request.scope)
        if not peer.startswith(KIOSK_PREFIX):
            raise AnswerRefused(403, "not_a_kiosk", "peer", "only kiosks ask here")
        return peer


def build(center: Center) -> Starlette:
    """Put the app together around the endpoints."""

    async def healthz(_: Request) -> Response:
        async with center.pool.connection() as connection:
            await connection.execute("SELECT 1")
        return json_answer({"status": "ok"})

    async def openapi(_: Request) -> Response:
        return json_answer(document(CENTER))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await center.pool.open()
        sweeper = asyncio.create_task(center.sweep_for_ever())
        try:
            yield
        finally:
            sweeper.cancel()
            await asyncio.gather(sweeper, return_exceptions=True)
            await center.neighbours.client.aclose()
            await center.pool.close()

    return Starlette(
        routes=[
            Route("/v1/municipalities/{code}/menu", center.menu),
            Route("/v1/challenges", center.challenge, methods=["POST"]),
            Route("/v1/sessions", center.open_session, methods=["POST"]),
            Route("/v1/sessions/{session_id}", center.end_session, methods=["DELETE"]),
            Route("/v1/sessions/{session_id}/certificate", center.certificate, methods=["POST"]),
            Route("/v1/sessions/{session_id}/print-result", center.print_result, methods=["POST"]),
            Route("/v1/openapi.json", openapi),
            Route("/healthz", healthz),
        ],
        exception_handlers=dict.fromkeys(
            (AnswerRefused, HTTPException, psycopg.OperationalError, PoolTimeout, Exception), refuse
        ),
        lifespan=lifespan,
    )


def create_app() -> Starlette:
    """Build the app from the environment."""
    fresh = fresh_client(tls_files("center"))

    async def look(_: httpx.Request) -> None:
        fresh.look()  # a new certificate of ours is shown on the lines to come

    client = httpx.AsyncClient(verify=fresh.context, limits=NO_QUEUE, event_hooks={"request": [look]})
    pool: AsyncConnectionPool[psycopg.AsyncConnection] = AsyncConnectionPool(
        database_url("center"), min_size=1, max_size=8, open=False, kwargs={"autocommit": True}
    )
    backs = Backs(sheets=Sheets(find_font(), verification_address()), keys=read_keys(keys_dir()))
    return build(
        Center(
            pool=pool,
            backs=backs,
            cards=card_authority(),
            record=record_of_answers("center"),
            neighbours=Neighbours(client=client, routes=read_routes(), validity=url_of("registry")),
            clock=lambda: datetime.now(UTC),
            always_open=os.environ.get("KOFU_CENTER_ALWAYS_OPEN") == "1",
        )
    )
