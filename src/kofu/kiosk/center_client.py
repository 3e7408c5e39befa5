"""What the kiosk asks the centre, over TLS with certificates on both ends. Answers live in memory only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx
import msgspec
import structlog

from kofu.contracts.center import (
    AskChallenge,
    CenterIssued,
    CenterRefused,
    Challenge,
    OpenSession,
    Session,
    SessionPrintResult,
    SessionRequest,
    signed_bytes,
)
from kofu.contracts.issuing import ErrorBody, Menu
from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import PeerFault
from kofu.kiosk.card.reader import LaidCard
from kofu.platform.tls import TlsFiles, client_context, file_stamp

ANSWER_BYTES_MAX = 32 * 1024 * 1024
CONNECT_SECONDS_MAX = 5.0
ANSWER_SECONDS_MAX = 45.0
MENU_SECONDS_MAX = 10.0  # the first screen waits for it
REPEATS_MAX = 2
UNREACHABLE = "center_unreachable"

log = structlog.get_logger()
T = TypeVar("T")


class CenterUnavailable(PeerFault):
    """The centre does not answer, not in time, or cannot now: nothing was issued that the kiosk knows of."""


class CenterRefusal(PeerFault):
    """The centre answered with an error of its contract; `code` is the centre's."""


class CenterClient:
    """The kiosk's side of the contract. One instance serves many sessions."""

    def __init__(self, base_url: str, tls: TlsFiles, *, transport: httpx.BaseTransport | None = None) -> None:
        """Name the centre and the kiosk's certificate; `transport` is for tests."""
        timeout = httpx.Timeout(ANSWER_SECONDS_MAX, connect=CONNECT_SECONDS_MAX)
        self._open: Callable[[], httpx.Client]
        if transport is not None:
            self._open = lambda: httpx.Client(base_url=base_url, timeout=timeout, transport=transport)
        else:
            self._open = lambda: httpx.Client(base_url=base_url, timeout=timeout, verify=client_context(tls))
        self._tls = tls
        self._shown = self._stamps()
        self._client = self._open()

    def _stamps(self) -> tuple[object, object]:
        return file_stamp(self._tls.certificate), file_stamp(self._tls.key)

    def _standing(self) -> httpx.Client:
        """Give the lines that stand open; where the kiosk's certificate was replaced, new ones that show it."""
        stamps = self._stamps()
        if stamps != self._shown:
            self._client, self._shown = self._open(), stamps
        return self._client

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def menu(self, municipality_code: str) -> Menu:
        """Ask what the ward offers right now."""
        return _decode(
            self._ask("GET", f"/v1/municipalities/{municipality_code}/menu", seconds_max=MENU_SECONDS_MAX), Menu
        )

    def challenge(self, question: AskChallenge) -> Challenge:
        """Ask what the card is to sign."""
        return _decode(self._ask("POST", "/v1/challenges", question), Challenge)

    def open_session(self, question: OpenSession) -> Session:
        """Open a session for a card that signed the challenge."""
        return _decode(self._ask("POST", "/v1/sessions", question), Session)

    def open_session_for(self, card: LaidCard, kiosk_id: str, municipality_code: str) -> Session:
        """Have the card sign the centre's challenge, and open a session with what it signed.

        Raises `ResidentFault` `pin_needed` where the card wants its PIN first.
        """
        given = self.challenge(AskChallenge(kiosk_id=kiosk_id, municipality_code=municipality_code))
        signed = signed_bytes(given.challenge_id, given.nonce, kiosk_id, municipality_code)
        question = OpenSession(
            kiosk_id=kiosk_id,
            municipality_code=municipality_code,
            challenge_id=given.challenge_id,
            certificate=card.certificate,
            signature=card.sign(signed),
        )
        return self.open_session(question)

    def request(self, session_id: str, question: SessionRequest) -> CenterIssued | CenterRefused:
        """Ask for one certificate. The answer must be about this very request: another one is refused.

        Where the line breaks the same request is sent again, under the same id: the centre gives the same answer.
        """
        path = f"/v1/sessions/{session_id}/certificate"
        data = self._ask_alone(path, question)
        for _ in range(REPEATS_MAX):
            if data is not None:
                break
            data = self._ask_alone(path, question)
        if data is None:
            raise CenterUnavailable(UNREACHABLE, "the centre cannot be reached")
        answer = _decode_outcome(data)
        if answer.request_id != question.request_id:
            raise PeerFault("answer_of_another_request", "the centre's answer is about another request; it was dropped")
        if isinstance(answer, CenterIssued):
            _require_whole(answer, question.copies)
        return answer

    def _ask_alone(self, path: str, question: SessionRequest) -> bytes | None:
        """Ask over a line of its own, closed at once: its buffers held the certificate. None where the line broke."""
        try:
            with self._open() as line:
                return self._ask("POST", path, question, line)
        except CenterUnavailable as error:
            if error.code != UNREACHABLE:
                raise
            log.warning("kiosk.line_broke")
            return None

    def report(self, session_id: str, result: SessionPrintResult) -> None:
        """Report what became of the paper."""
        self._ask("POST", f"/v1/sessions/{session_id}/print-result", result)

    def end_session(self, session_id: str) -> None:
        """Say that the resident has left, so that the centre forgets the card."""
        self._ask("DELETE", f"/v1/sessions/{session_id}")

    def _ask(
        self,
        method: str,
        path: str,
        message: msgspec.Struct | None = None,
        line: httpx.Client | None = None,
        seconds_max: float = ANSWER_SECONDS_MAX,
    ) -> bytes:
        content = None if message is None else msgspec.json.encode(message)
        headers = {} if content is None else {"Content-Type": "application/json"}
        with _faults():
            response = (line or self._standing()).request(
                method,
                path,
                content=content,
                headers=headers,
                timeout=httpx.Timeout(seconds_max, connect=CONNECT_SECONDS_MAX),
            )
            if len(response.content) > ANSWER_BYTES_MAX:
                raise PeerFault("answer_too_large", "the centre's answer is larger than any certificate")
        if response.is_success:
            return response.content
        try:
            error = msgspec.json.decode(response.content, type=ErrorBody)
        except UNREADABLE as broken:
            raise CenterUnavailable(
                "center_failed", f"the centre answered {response.status_code} without saying why"
            ) from broken
        kind = CenterUnavailable if response.is_server_error else CenterRefusal
        raise kind(error.code, f"the centre answered {response.status_code}: {error.message}")


def _decode(data: bytes, kind: type[T]) -> T:
    with _contract():
        return msgspec.json.decode(data, type=kind)


def _decode_outcome(data: bytes) -> CenterIssued | CenterRefused:
    with _contract():
        answer: CenterIssued | CenterRefused = msgspec.json.decode(data, type=CenterIssued | CenterRefused)
        return answer


def _require_whole(answer: CenterIssued, copies: int) -> None:
    """See that each copy asked for is there once, with the front the ward vouched for. Raises `PeerFault`."""
    if len(answer.documents) != copies or len({one.certificate_number for one in answer.documents}) != copies:
        raise PeerFault("wrong_copies", "the centre sent other copies than were asked for; they were dropped")
    for document in answer.documents:
        front = memoryview(document.pdf)[: document.front_bytes]  # no copy of it: it would have to be wiped too
        if hashlib.sha256(front).hexdigest() != document.sha256:
            raise PeerFault("wrong_digest", "a document is not the one the ward made; it was dropped")


@contextmanager
def _contract() -> Iterator[None]:
    """Name an answer that is not of the contract. What stood in it is not repeated: it may be a person's."""
    try:
        yield
    except UNREADABLE:
        raise PeerFault("unreadable_answer", "the centre's answer is not of the contract; it was dropped") from None


@contextmanager
def _faults() -> Iterator[None]:
    """Turn what can go wrong on the line into the kiosk's words."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise CenterUnavailable("center_timeout", "the centre did not answer in time") from error
    except httpx.TransportError as error:
        raise CenterUnavailable(UNREACHABLE, "the centre cannot be reached") from error
    except httpx.RequestError:  # a body that is not of its declared encoding; what it holds is not repeated
        raise PeerFault("unreadable_answer", "the centre's answer cannot be decoded; it was dropped") from None
