"""The machine endpoints of `issuing`: requests, print results, holds, the menu. JSON over mutually authenticated TLS.

Who may call what is decided by the name in the caller's client certificate, which the server puts into the request's
scope. Bodies are limited, closed (unknown fields are refused) and never written to a log. Work runs in as many threads
as there are slots; what comes beyond a short queue is told "busy" at once rather than kept waiting into its deadline.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

import msgspec
import psycopg
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kofu.contracts.feed import FeedKind
from kofu.contracts.issuing import ActiveData, CertificateRequest, ErrorBody, Hold, HoldAccepted, Issued, PrintResult
from kofu.contracts.openapi import ISSUING, document
from kofu.contracts.papers_beside import PAPERS_BESIDE, encode_beside
from kofu.core.errors import Blame, KofuError, PeerFault
from kofu.issuing.cases import cases
from kofu.issuing.cases.conflicts import PeerConflict
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.feeds.generations import active_feed, active_state
from kofu.issuing.holds.apply_hold import apply_hold
from kofu.issuing.holds.hold_store import leaving_until
from kofu.issuing.requests.domain.release_rules import ReportStanding
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.issuer import Issuer
from kofu.issuing.requests.menu import read_menu
from kofu.issuing.requests.report_print import take_print_result
from kofu.issuing.requests.sweep import sweep
from kofu.issuing.serving.runtime import open_workers
from kofu.issuing.serving.sent_notes import SentNotes
from kofu.issuing.serving.workers import DatabaseUnavailableError, Workers
from kofu.platform.message_bodies import HUNG_UP, decode_message, read_body
from kofu.platform.serve import peer_of

BODY_BYTES_MAX = 16_384
LEAVING_LOOK_SECONDS = 0.05
SWEEP_SECONDS = 5.0
READY_SECONDS_MAX = 2.0
AFTER_DEADLINE_SECONDS = 1.0
"""How long after its deadline a request may still be answered by the work itself, which then refuses it on record."""
#: Who may ask what, from the published contract: the two cannot drift apart.
CALLERS = {operation.path: frozenset(operation.callers) for operation in ISSUING.operations}

_ENCODER = msgspec.json.Encoder()
_CONTRACT = _ENCODER.encode(document(ISSUING))
_LOG = logging.getLogger("kofu.issuing.serving.gateway")
_M = TypeVar("_M", bound=msgspec.Struct)


Handler = Callable[[Request, Workers], Coroutine[None, None, Response]]
Opener = Callable[[], Workers]


def create_app(opener: Opener = open_workers) -> Starlette:
    """Build the application. `opener` runs at start: it attests, connects and builds the slots, or raises."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        workers = app.state.workers = await asyncio.to_thread(opener)
        notes = app.state.notes = SentNotes(lambda write: workers.run(lambda connection, _issuer: write(connection)))
        sweeper = asyncio.create_task(_sweep_for_ever(app.state.workers))
        try:
            yield
        finally:
            sweeper.cancel()
            await asyncio.gather(sweeper, notes.close(), return_exceptions=True)
            await asyncio.to_thread(app.state.workers.close)

    routes = [
        _route("POST", "/v1/certificate-requests", _certificate_request),
        _route("POST", "/v1/print-results", _print_result),
        _route("POST", "/v1/holds", _hold),
        _route("GET", "/v1/municipalities/{code}/menu", _menu),
        _route("GET", "/v1/municipalities/{code}/data", _data),
        _route("GET", "/v1/openapi.json", _openapi),
        _route("GET", "/healthz", _alive),
        _route("GET", "/readyz", _ready),
    ]
    lifespan_of_app: Callable[[Starlette], AbstractAsyncContextManager[None]] = lifespan
    return Starlette(routes=routes, lifespan=lifespan_of_app)


def _route(method: str, path: str, handler: Handler) -> Route:
    return Route(path, _guarded(handler, CALLERS.get(path)), methods=[method])


async def _sweep_for_ever(workers: Workers) -> None:
    """Bring to an end what a dead worker left, round after round: no request waits for a person to think of it."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await workers.run(lambda connection, issuer: sweep(connection, issuer.acting))
        except Exception as error:  # noqa: BLE001 - a sweeper that died would leave requests undecided for ever
            _LOG.error("sweep: %s", type(error).__name__)


async def _certificate_request(request: Request, workers: Workers) -> Response:
    asked = await _read(request, CertificateRequest)
    arrived = workers.acting.moment()  # it may wait in the queue: that is time of its deadline
    outcome = await workers.run(
        lambda connection, issuer: issue_certificate(connection, issuer, asked, arrived),
        seconds=workers.seconds_until(asked.deadline) + AFTER_DEADLINE_SECONDS,
    )
    if not isinstance(outcome, Issued):
        return _json(200, outcome)

    async def note_sent() -> None:  # called when the answer was handed to the centre's connection
        request.app.state.notes.add(asked.request_id, workers.acting.clock())

    sent = BackgroundTask(note_sent)
    if PAPERS_BESIDE in _accepted(request):
        return Response(encode_beside(outcome), media_type=PAPERS_BESIDE, background=sent)
    return _json(200, outcome, background=sent)


def _accepted(request: Request) -> frozenset[str]:
    """Name the media types a caller says it takes, without their weights."""
    words = request.headers.get("accept", "").split(",")
    return frozenset(word.partition(";")[0].strip() for word in words)


async def _print_result(request: Request, workers: Workers) -> Response:
    result = await _read(request, PrintResult)
    taken = await workers.run(
        lambda connection, issuer: take_print_result(
            connection, issuer.acting, result, municipality_code=issuer.profile.code
        )
    )
    if taken.standing in {ReportStanding.CONTRADICTION, ReportStanding.UNREQUESTED} and taken.case_id:
        raise PeerConflict("print_contradiction", "this result does not fit what is known; it is a case", taken.case_id)
    return Response(status_code=204)


async def _hold(request: Request, workers: Workers) -> Response:
    hold = await _read(request, Hold)
    if hold.municipality_code != workers.profile_code:
        raise PeerFault("municipality_not_served", "this system does not issue for that municipality")
    accepted = await workers.run(lambda connection, issuer: _apply(connection, issuer, hold, _peer(request)))
    began = workers.acting.ticks()
    while not hold.released and await workers.run(partial(_leaving, hold)):
        if workers.acting.ticks() - began >= workers.leaving_seconds_max:
            break  # whatever was released before the hold is over by now, whatever was done to the clock
        await asyncio.sleep(LEAVING_LOOK_SECONDS)  # other processes end it too
    return _json(200, accepted)


def _leaving(hold: Hold, connection: psycopg.Connection, issuer: Issuer) -> bool:
    """Whether a paper the hold is on may still be on its way. Ends with its deadline, if not with its worker's note."""
    return leaving_until(connection, hold, issuer.acting.clock()) is not None


@dataclass(frozen=True, slots=True)
class _HoldCase:
    """The case that a refused message about a hold becomes."""

    kind: CaseKind
    summary: str
    per_revision: bool  # False: however often it is tried, it is one thing to explain


_HOLD_CASES = {
    "hold_conflict": _HoldCase(
        CaseKind.HOLD_CONFLICT, "the same revision of a hold came with other content", per_revision=True
    ),
    "hold_of_another": _HoldCase(
        CaseKind.HOLD_OF_ANOTHER,
        "a message would change a hold of another sender, or its kind or target",
        per_revision=False,
    ),
}


def _apply(connection: psycopg.Connection, issuer: Issuer, hold: Hold, sender: str) -> HoldAccepted:
    """Store a hold. Where it contradicts one sent before, or is another sender's, a case is opened."""
    acting = issuer.acting
    try:
        return apply_hold(connection, hold, sender=sender, lane=acting.lane, received_at=acting.clock())
    except PeerFault as fault:
        about = _HOLD_CASES.get(fault.code)
        if about is None:
            raise
        with connection.transaction():
            case_id = cases.open_case(
                connection,
                acting,
                municipality_code=hold.municipality_code,
                kind=about.kind,
                summary=about.summary,
                evidence=(f"hold {hold.hold_id} revision {hold.revision} from {sender}",),
                cause=f"{hold.hold_id} {hold.revision}" if about.per_revision else hold.hold_id,
            )
        raise PeerConflict(fault.code, fault.message, case_id) from None


async def _menu(request: Request, workers: Workers) -> Response:
    if request.path_params["code"] != workers.profile_code:
        raise PeerFault("municipality_not_served", "this system does not issue for that municipality")
    return _json(
        200,
        await workers.run(lambda connection, issuer: read_menu(connection, issuer.profile, issuer.acting.clock())),
    )


async def _data(request: Request, workers: Workers) -> Response:
    code = request.path_params["code"]
    if code != workers.profile_code:
        raise PeerFault("municipality_not_served", "this system does not issue for that municipality")
    state, tax_feed = await workers.run(
        lambda connection, _issuer: (active_state(connection, code), active_feed(connection, code, FeedKind.TAX))
    )
    return _json(
        200,
        ActiveData(
            municipality_code=code,
            data_generation=state.data_generation if state else 0,
            tax_feed_generation=state.tax_feed_generation if state else 0,
            tax_feed_sha256=tax_feed,
            resident_feed_generation=state.resident_feed_generation if state else 0,
        ),
    )


async def _openapi(_request: Request, _workers: Workers) -> Response:
    return Response(_CONTRACT, media_type="application/json")


async def _alive(_request: Request, _workers: Workers) -> Response:
    """Say that this process runs; asks nothing of the database, so that it answers while that is away."""
    return Response(b'{"status":"ok"}', media_type="application/json")


async def _ready(_request: Request, workers: Workers) -> Response:
    """Say whether this process can issue now: it may serve, and its database answers within two seconds."""
    await workers.run(lambda connection, _issuer: connection.execute("SELECT 1").fetchone(), seconds=READY_SECONDS_MAX)
    return Response(b'{"status":"ready"}', media_type="application/json")


_STATUS = {
    "request_id_reused": 409,
    "peer_not_allowed": 403,
    "municipality_not_served": 404,
    "request_unknown": 404,
    "body_too_large": 413,
    "hung_up": HUNG_UP,
    "hold_conflict": 409,
    "hold_of_another": 409,
    "print_contradiction": 409,
    "busy": 503,
    "database_unavailable": 503,
    "commit_in_doubt": 503,
    "attestation_ended": 503,
    "database_went_back": 503,
    "watch_failed": 503,
}
NOT_NOW = 503
RETRY_AFTER_SECONDS = 5


def _guarded(handler: Handler, callers: frozenset[str] | None) -> Callable[[Request], Coroutine[None, None, Response]]:
    """Let only the callers in (None: any peer with a certificate); word every error as an `ErrorBody`."""

    async def endpoint(request: Request) -> Response:
        try:
            peer = _peer(request)
            if not peer or (callers is not None and peer not in callers):
                raise PeerFault("peer_not_allowed", "this client certificate may not call this address")  # noqa: TRY301 - one place words all errors
            return await handler(request, request.app.state.workers)
        except PeerConflict as conflict:
            return _error(conflict, case_id=conflict.case_id)
        except KofuError as error:
            return _error(error)
        except psycopg.Error as error:
            _LOG.error("database: %s", type(error).__name__)  # its words may quote a row
            return _error(DatabaseUnavailableError())
        except Exception as error:  # noqa: BLE001 - the last wall: nothing of it leaves but a code
            _LOG.error("unexpected: %s", type(error).__name__)
            return _error(KofuError("unexpected", "something is wrong here; staff were told"))

    return endpoint


def _peer(request: Request) -> str:
    """Name the caller by the client certificate it showed, as the server read it; "" where there is none."""
    return peer_of(request.scope)


async def _read(request: Request, kind: type[_M]) -> _M:
    """Read a body as one message. Raises `PeerFault`: too large, not JSON, or not the contract's shape."""
    return decode_message(await read_body(request, BODY_BYTES_MAX), kind)


def _json(status: int, message: msgspec.Struct, *, background: BackgroundTask | None = None) -> Response:
    return Response(_ENCODER.encode(message), status, media_type="application/json", background=background)


def _error(error: KofuError, *, case_id: str | None = None) -> Response:
    default = 400 if error.blame is Blame.PEER else 500
    blame: Literal["ours", "peer", "operator"] = (
        "peer" if error.blame is Blame.PEER else "operator" if error.blame is Blame.OPERATOR else "ours"
    )
    answer = _json(
        _STATUS.get(error.code, default),
        ErrorBody(code=error.code, blame=blame, message=error.message, case_id=case_id),
    )
    if answer.status_code == NOT_NOW:
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
