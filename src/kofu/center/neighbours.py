"""Whom the centre asks over TLS, certificates on both ends: the wards by municipality, and the validity service.

How many lines are open at once is counted here, not by httpx: whoever gave up in the queue of its pool at the moment a
line was given to it would leave that line taken for ever (encode/httpcore#1093), until after some minutes with a slow
ward none is left and nobody is answered any more, however well the ward is.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import msgspec

from kofu.contracts.issuing import PRINT_RESULT_CASES, CertificateRequest, ErrorBody, Issued, Menu, Outcome
from kofu.contracts.papers_beside import PAPERS_BESIDE, decode_beside
from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import PeerFault

ANSWER_BYTES_MAX = 24 * 1024 * 1024
CONNECT_SECONDS_MAX = 3.0
LINES_MAX = 100
NO_QUEUE = httpx.Limits(max_connections=None)
"""What the client of `Neighbours` is made with."""


class WardSilent(PeerFault):
    """The ward did not answer, or not in time: whether it issued is unknown."""


@dataclass(frozen=True, slots=True)
class MessageDelivery:
    """Whether the ward answered, whether it has the message now, and the code of its error if it was one."""

    reached: bool
    taken: bool = False
    failure: str = ""


@dataclass(frozen=True, slots=True)
class AnswerBody:
    """An answer as it came: its bytes and their media type."""

    body: bytes
    media: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`routes`: municipality code → address of its ward. `validity`: address of the validity service."""

    client: httpx.AsyncClient
    routes: Mapping[str, str]
    validity: str
    lines: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LINES_MAX))

    def ward_of(self, municipality_code: str) -> str | None:
        """Address of the ward, or None where it takes no part."""
        return self.routes.get(municipality_code)

    async def ocsp(self, question: bytes) -> bytes:
        """Ask the card authority whether a certificate is good (RFC 6960); what came back proves nothing by itself."""
        url, kind = f"{self.validity}/v1/ocsp", "application/ocsp-request"
        return (await self._ask(url, question, 5.0, content_type=kind)).body

    async def menu(self, ward: str, municipality_code: str) -> Menu:
        """Ask what the ward offers right now."""
        url = f"{ward}/v1/municipalities/{municipality_code}/menu"
        received = await self._ask(url, None, 5.0, method="GET")
        try:
            return msgspec.json.decode(received.body, type=Menu)
        except UNREADABLE as error:
            raise PeerFault("unreadable_answer", "an answer is not of the contract; dropped") from error

    async def request(self, ward: str, question: CertificateRequest, seconds_max: float) -> Outcome:
        """Ask the ward for a certificate. An answer about another request is dropped, whatever it holds."""
        try:
            async with asyncio.timeout(seconds_max):  # of the whole answer: a ward that dribbles is late too
                received = await self._ask(
                    f"{ward}/v1/certificate-requests",
                    msgspec.json.encode(question),
                    seconds_max,
                    accept=f"{PAPERS_BESIDE}, application/json",
                )
        except TimeoutError as error:
            raise WardSilent("ward_timeout", "the other end did not answer in time") from error
        try:
            answer: Outcome = (
                decode_beside(received.body)
                if received.media == PAPERS_BESIDE
                else msgspec.json.decode(received.body, type=Outcome)
            )
        except UNREADABLE as error:
            raise PeerFault("unreadable_answer", "the ward's answer is not of the contract; dropped") from error
        if answer.request_id != question.request_id:
            raise PeerFault("answer_of_another_request", "the ward answered about another request; it was dropped")
        if isinstance(answer, Issued) and len(answer.documents) != question.copies:
            raise PeerFault("wrong_copies", "the ward sent another number of copies than was asked for; dropped")
        if isinstance(answer, Issued) and len({one.certificate_number for one in answer.documents}) != question.copies:
            raise PeerFault("repeated_number", "two copies of the ward's answer bear one number; dropped")
        return answer

    async def deliver(self, ward: str, body: bytes) -> MessageDelivery:
        """Bring a print result to the ward, again and again until it says that it has it.

        A result the ward contradicts is a case of the ward's, and so it has it. Any other error means: not yet.
        """
        try:
            await self._ask(f"{ward}/v1/print-results", body, 10.0)
        except WardSilent as error:
            return MessageDelivery(reached=False, failure=error.code)
        except PeerFault as error:
            return MessageDelivery(reached=True, taken=error.code in PRINT_RESULT_CASES, failure=error.code)
        return MessageDelivery(reached=True, taken=True)

    async def _ask(
        self,
        url: str,
        body: bytes | None,
        seconds_max: float,
        *,
        method: str = "POST",
        content_type: str = "application/json",
        accept: str = "*/*",
    ) -> AnswerBody:
        timeout = httpx.Timeout(seconds_max, connect=CONNECT_SECONDS_MAX)
        headers = {"Accept": accept} | ({"Content-Type": content_type} if body is not None else {})
        try:
            async with (
                self._line(seconds_max),
                self.client.stream(method, url, content=body, headers=headers, timeout=timeout) as response,
            ):
                received = bytearray()
                async for part in response.aiter_bytes():
                    received += part
                    if len(received) > ANSWER_BYTES_MAX:
                        raise PeerFault("answer_too_large", "an answer was larger than any certificate; dropped")
        except httpx.TimeoutException as error:
            raise WardSilent("ward_timeout", "the other end did not answer in time") from error
        except (httpx.TransportError, ssl.SSLError) as error:
            raise WardSilent("ward_unreachable", "the other end cannot be reached") from error
        except httpx.RequestError:  # a body that is not of its declared encoding; what it holds is not repeated
            raise PeerFault("unreadable_answer", "an answer cannot be decoded; dropped") from None
        if response.is_success:
            return AnswerBody(bytes(received), response.headers.get("content-type", "").partition(";")[0].strip())
        try:
            error_body = msgspec.json.decode(bytes(received), type=ErrorBody)
        except UNREADABLE as broken:
            raise PeerFault(
                "ward_failed", f"the other end answered {response.status_code} without a reason"
            ) from broken
        raise PeerFault(error_body.code, f"the other end answered {response.status_code}: {error_body.message}")

    @asynccontextmanager
    async def _line(self, seconds_max: float) -> AsyncIterator[None]:
        """Hold one of the lines. Raises `WardSilent` where none becomes free in time."""
        try:
            async with asyncio.timeout(seconds_max):
                await self.lines.acquire()
        except TimeoutError as error:
            raise WardSilent("ward_timeout", "every line is taken by who asked before") from error
        try:
            yield
        finally:
            self.lines.release()
