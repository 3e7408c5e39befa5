"""How the kit asks: as the centre does, over TLS 1.3 with certificates on both ends."""

from __future__ import annotations

import io
import secrets
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import httpx
import msgspec
import pypdfium2

from kofu.conformance.plan import ConformancePlan, Subject
from kofu.contracts.issuing import CertificateRequest, ErrorBody, Issued, Outcome
from kofu.contracts.unreadable import UNREADABLE
from kofu.platform.tls import TlsFiles, client_context

ANSWER_SECONDS_MAX = 40.0
DEADLINE_SECONDS = 30.0
REQUESTS = "/v1/certificate-requests"
PRINTS = "/v1/print-results"

T = TypeVar("T")


class Broken(Exception):  # noqa: N818 - a finding on its way into the report
    """The server broke the clause; the words say how, without a person's data."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One server, one plan, one line to it."""

    url: str
    plan: ConformancePlan
    tls: TlsFiles
    client: httpx.Client
    clock: Callable[[], datetime]

    def request(self, subject: Subject, *, seconds: float = DEADLINE_SECONDS, copies: int = 1) -> CertificateRequest:
        """Make a new request for a subject, its deadline so many seconds from now."""
        return CertificateRequest(
            request_id=secrets.token_hex(16),
            municipality_code=self.plan.municipality_code,
            serial=subject.serial,
            kind=self.plan.kind,
            fiscal_year=self.plan.fiscal_year,
            copies=copies,
            kiosk_id=self.plan.kiosk_id,
            deadline=self.clock() + timedelta(seconds=seconds),
        )

    def post(self, path: str, body: msgspec.Struct | bytes, *, accept: str = "*/*") -> httpx.Response:
        """Send a message. Raises `Broken` where nothing comes back."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self.send("POST", path, content, accept=accept)

    def send(self, method: str, path: str, content: bytes | None = None, *, accept: str = "*/*") -> httpx.Response:
        """Ask; raises `Broken` where nothing comes back."""
        headers = {"Accept": accept} | ({} if content is None else {"Content-Type": "application/json"})
        try:
            return self.client.request(method, path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise Broken(f"no answer: {type(error).__name__}") from error

    def outcome(self, question: CertificateRequest) -> Outcome:
        """Ask for a certificate; raises `Broken` unless the answer is an outcome of the contract about this request."""
        return outcome_of(self.post(REQUESTS, question), question.request_id)

    def issued(self, question: CertificateRequest) -> Issued:
        """Ask for a certificate that the subject can get."""
        answer = self.outcome(question)
        if not isinstance(answer, Issued):
            raise Broken(f"the test subject was refused with {answer.code}")
        return answer


def outcome_of(response: httpx.Response, request_id: str) -> Outcome:
    """Read an outcome. Raises `Broken` where it is none, or of another request."""
    require_status(response, httpx.codes.OK)
    try:
        answer: Outcome = msgspec.json.decode(response.content, type=Outcome)
    except UNREADABLE as error:
        raise Broken(f"the answer is not of the contract: {_place(error)}") from error
    if answer.request_id != request_id:
        raise Broken("the answer bears another request's id")
    return answer


def require_status(response: httpx.Response, *allowed: int) -> None:
    """Raise `Broken` for any other status."""
    if response.status_code not in allowed:
        wanted = " or ".join(str(int(status)) for status in allowed)
        raise Broken(f"answered {response.status_code} instead of {wanted}{_code_in(response)}")


def require_error(response: httpx.Response, *allowed: int) -> ErrorBody:
    """Give the error body. Raises `Broken` for another status, or a body that is no `ErrorBody`."""
    require_status(response, *allowed)
    try:
        return msgspec.json.decode(response.content, type=ErrorBody)
    except UNREADABLE as error:
        raise Broken(f"the {response.status_code} has no ErrorBody: {_place(error)}") from error


def text_of(pdf: bytes) -> str:
    """Read the text of a paper, without spaces. Raises `Broken` where it is no PDF."""
    try:
        document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    except pypdfium2.PdfiumError as error:
        raise Broken("the document is no PDF that can be opened") from error
    try:
        return "".join("".join(page.get_textpage().get_text_range() for page in document).split())
    finally:
        document.close()


def together(*works: Callable[[], T]) -> list[T]:
    """Do all at the same time; raises what the first of them raised."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result() for done in [pool.submit(work) for work in works]]


def open_client(url: str, tls: TlsFiles) -> httpx.Client:
    """Open the line the centre would."""
    return httpx.Client(base_url=url, verify=client_context(tls), timeout=ANSWER_SECONDS_MAX)


def answers_to(url: str, context: ssl.SSLContext, path: str) -> int | None:
    """Give the status a server answers with on a line it should not open; None where it answers nothing."""
    try:
        with httpx.Client(base_url=url, verify=context, timeout=10) as client:
            return client.get(path).status_code
    except httpx.TransportError:
        return None


def _place(error: Exception) -> str:
    """Say what is wrong and where; msgspec repeats names of fields and kinds, never values of text."""
    return str(error)


def _code_in(response: httpx.Response) -> str:
    try:
        return f" ({msgspec.json.decode(response.content, type=ErrorBody).code})"
    except UNREADABLE:
        return ""
