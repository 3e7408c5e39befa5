"""The centre's answers: what was asked is read within limits, and whatever goes wrong becomes an `ErrorBody`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Literal, TypeVar

import msgspec
import psycopg
import structlog
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kofu.center.neighbours import WardSilent
from kofu.contracts.issuing import ErrorBody
from kofu.core.errors import PeerFault
from kofu.platform import message_bodies
from kofu.platform.message_bodies import HUNG_UP, decode_message

BODY_BYTES_MAX = 16 * 1024

log = structlog.get_logger()
T = TypeVar("T", bound=msgspec.Struct)
A = TypeVar("A")
#: Status and code by which the contract of the centre words what could not be read.
_UNREAD = {
    "body_too_large": (413, "body_too_large"),
    "malformed": (422, "not_of_the_contract"),
    "not_json": (400, "not_json"),
    "hung_up": (HUNG_UP, "hung_up"),
}
Blame = Literal["ours", "peer", "operator"]


class AnswerRefused(Exception):  # noqa: N818 - an answer on its way out, not an error of the program
    """An answer that is no success."""

    def __init__(self, status: int, code: str, blame: Blame, message: str) -> None:
        """Build it from the status of HTTP and what stands in its `ErrorBody`."""
        super().__init__(code)
        self.status, self.body = status, ErrorBody(code=code, blame=blame, message=message)


async def ask_neighbour(question: Awaitable[A]) -> A:
    """Wait for a neighbour's answer. Raises `AnswerRefused`: 504 where it is silent, 502 where it is wrong."""
    try:
        return await question
    except WardSilent as error:
        raise AnswerRefused(504, error.code, "peer", error.message) from error
    except PeerFault as error:
        raise AnswerRefused(502, error.code, "peer", error.message) from error


async def read_body(request: Request, kind: type[T]) -> T:
    """Read a message of the contract, of at most `BODY_BYTES_MAX`. Raises `AnswerRefused` for anything else."""
    try:
        return decode_message(await message_bodies.read_body(request, BODY_BYTES_MAX), kind)
    except PeerFault as fault:
        status, code = _UNREAD[fault.code]
        raise AnswerRefused(status, code, "peer", fault.message) from fault


def json_answer(message: msgspec.Struct | object, status: int = 200) -> Response:
    """Write an answer that nobody may store."""
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(message), status, headers=headers, media_type="application/json")


def refuse(_: Request, error: Exception) -> Response:
    """Turn whatever went wrong into an `ErrorBody`. A fault of ours tells nothing but that it is ours."""
    match error:
        case AnswerRefused():
            return json_answer(error.body, error.status)
        case HTTPException():
            body = ErrorBody(
                code="no_such_address", blame="peer", message="this contract has no such address or method"
            )
            return json_answer(body, error.status_code)
        case psycopg.OperationalError() | PoolTimeout():
            log.error("center.database_silent", error=type(error).__name__)
            return json_answer(
                ErrorBody(code="not_now", blame="ours", message="the centre cannot answer right now"), 503
            )
        case _:
            log.error("center.fault", error=type(error).__name__)
            return json_answer(ErrorBody(code="center_fault", blame="ours", message="the centre failed"), 500)
