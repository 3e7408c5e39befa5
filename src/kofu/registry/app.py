"""What the registry's stand-in answers over mutually authenticated TLS: whether a card certificate is good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import httpx
import msgspec
import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kofu.contracts.issuing import ErrorBody
from kofu.contracts.registry import ValidityAnswer, ValidityQuestion
from kofu.core.errors import KofuError
from kofu.platform.serve import peer_of
from kofu.platform.settings import database_url as configured_url
from kofu.platform.settings import url_of
from kofu.platform.tls import client_context, tls_files
from kofu.registry.domain.validity import SerialRecord, validity_on
from kofu.registry.send_hold import SendReport, send_waiting
from kofu.registry.serials import LOOK_UP

JAPAN = ZoneInfo("Asia/Tokyo")
PEERS = frozenset({"center"})
BODY_BYTES_MAX = 4096
POOL_WAIT_SECONDS_MAX = 2.0
SECONDS_BETWEEN_ROUNDS = 2.0

log = structlog.get_logger()


def today_in_japan() -> date:
    """Give the day by which certificates expire."""
    return datetime.now(JAPAN).date()


def create_app(
    database_url: str | None = None,
    *,
    today: Callable[[], date] = today_in_japan,
    send_holds: Callable[[], SendReport] | None = None,
) -> Starlette:
    """Build the app. `database_url`: conninfo; `today`: the clock; `send_holds`: one round of sending the outbox.

    Without `database_url` all comes from the environment, and holds that wait are sent every few seconds.
    """
    if database_url is None and send_holds is None:
        send_holds = send_from_environment
    pool = AsyncConnectionPool(
        database_url or configured_url("registry"), min_size=1, max_size=4, open=False, timeout=POOL_WAIT_SECONDS_MAX
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with pool, _sending(send_holds):
            yield

    async def validity(request: Request) -> Response:
        if peer_of(request.scope) not in PEERS:
            log.warning("registry.peer_refused")
            return _error(403, "peer_not_allowed", "peer", "only the centre may ask")
        body = await request.body()
        if len(body) > BODY_BYTES_MAX:
            return _error(413, "body_too_large", "peer", f"a question has at most {BODY_BYTES_MAX} bytes")
        try:
            question = msgspec.json.decode(body, type=ValidityQuestion)
        except msgspec.MsgspecError:
            return _error(400, "bad_request", "peer", "the body is not a ValidityQuestion")
        try:
            async with pool.connection() as connection:
                row: Any = await (await connection.execute(LOOK_UP, (question.serial,))).fetchone()
        except (psycopg.Error, PoolTimeout) as error:
            # No answer is not a yes: the centre refuses (P3)
            log.error("registry.database", kind=type(error).__name__)  # noqa: TRY400 - a driver's traceback may hold data
            return _error(503, "database_unavailable", "ours", "the registry cannot read its serials now")
        status = validity_on(None if row is None else SerialRecord(*row), today())
        log.info("registry.validity", status=status)
        return _json(ValidityAnswer(serial=question.serial, status=status))

    async def healthz(_: Request) -> Response:
        try:
            async with pool.connection() as connection:
                await connection.execute("SELECT FROM card_serial LIMIT 1")
        except (psycopg.Error, PoolTimeout) as error:
            log.error("registry.database", kind=type(error).__name__)  # noqa: TRY400 - a driver's traceback may hold data
            return _error(503, "database_unavailable", "ours", "the registry cannot read its serials now")
        return Response(b'{"status":"ok"}', media_type="application/json")

    return Starlette(
        routes=[
            Route("/v1/certificate-validity", validity, methods=["POST"]),
            Route("/healthz", healthz, methods=["GET"]),
        ],
        lifespan=lifespan,
    )


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


def _json(message: msgspec.Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(message), status, media_type="application/json")


def _error(status: int, code: str, blame: Literal["ours", "peer", "operator"], message: str) -> Response:
    return _json(ErrorBody(code=code, blame=blame, message=message), status)
