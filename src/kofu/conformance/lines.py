"""Clauses about the line and the shape of messages: TLS, sizes, JSON, slow clients."""

from __future__ import annotations

import ssl
import tempfile
import time
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import httpx
import msgspec

from kofu.conformance.asking import DEADLINE_SECONDS, REQUESTS, Asking, Broken, answers_to, outcome_of, require_error
from kofu.conformance.clauses import Clause, clause
from kofu.contracts.issuing import CertificateRequest
from kofu.platform.tls import TlsFiles, client_context, make_development_ca

TOO_LARGE_BYTES = 256 * 1024
BYTE_SECONDS = 0.015


@clause("tls.client-certificate", "Mutually authenticated TLS 1.3: without a client certificate nothing is answered.")
def without_certificate(asking: Asking) -> None:
    """Show no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(asking.tls.authority)
    _require_silence(asking, context, "a client without a certificate")


@clause("tls.foreign-authority", "Mutually authenticated TLS 1.3: a certificate of another authority is none.")
def foreign_authority(asking: Asking) -> None:
    """Show a certificate of the right name that another authority issued."""
    with tempfile.TemporaryDirectory(prefix="kofu-conformance-") as folder:
        make_development_ca(Path(folder))
        foreign = TlsFiles(asking.tls.authority, Path(folder) / "center.pem", Path(folder) / "center.key")
        _require_silence(asking, client_context(foreign), "a certificate of another authority")


@clause("tls.version", "Mutually authenticated TLS 1.3.")
def old_version(asking: Asking) -> None:
    """Offer TLS 1.2 alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(asking.tls.authority)
    context.load_cert_chain(asking.tls.certificate, asking.tls.key)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    _require_silence(asking, context, "TLS 1.2")


@clause("body.too-large", "413: body too large.")
def too_large(asking: Asking) -> None:
    """Send a good request among a quarter of a megabyte of spaces."""
    body = msgspec.json.encode(asking.request(asking.plan.subjects[0]))
    require_error(asking.post(REQUESTS, body + b" " * TOO_LARGE_BYTES), 413)


@clause("body.not-json", "400: not a message of this contract.")
def not_json(asking: Asking) -> None:
    """Send what is not JSON."""
    for body in (b"", b"{", b"\xff\xfe", b"[]", b"null"):
        require_error(asking.post(REQUESTS, body), 400, 422)


@clause("body.unknown-field", "Everything is closed: unknown fields are refused.")
def unknown_field(asking: Asking) -> None:
    """Add a field to a good request."""
    require_error(asking.post(REQUESTS, _changed(asking, colour="green")), 400, 422)


@clause("body.unknown-kind", "400: not a message of this contract: a kind it does not name.")
def unknown_kind(asking: Asking) -> None:
    """Ask for a kind nobody issues."""
    require_error(asking.post(REQUESTS, _changed(asking, kind="weather")), 400, 422)


@clause("body.limits", "400: not a message of this contract: a value outside its limits.")
def limits(asking: Asking) -> None:
    """Ask for no copy, too many copies, an id of another shape."""
    for change in ({"copies": 0}, {"copies": 11}, {"request_id": "1"}, {"serial": "GG"}, {"municipality_code": "13"}):
        require_error(asking.post(REQUESTS, _changed(asking, **change)), 400, 422)


@clause("line.slow-client", "Who sends byte by byte is answered or left; others do not wait for that.")
def slow_client(asking: Asking) -> None:
    """Send a request byte by byte, and ask for the menu meanwhile: it must come before the last byte is sent."""
    question = asking.request(asking.plan.subjects[0], seconds=DEADLINE_SECONDS)
    slow = _Slow(asking, question)
    slow.start()
    slow.begin.wait(DEADLINE_SECONDS)
    asking.send("GET", f"/v1/municipalities/{asking.plan.municipality_code}/menu")
    others_waited = slow.all_sent
    slow.join(2 * DEADLINE_SECONDS)
    if others_waited:
        raise Broken("another client waited for the slow one")
    left = 408
    if slow.status not in {0, left}:  # it may hang up
        outcome_of(httpx.Response(slow.status, content=slow.body), question.request_id)


class _Slow(Thread):
    """A client that sends its body byte by byte. `status` 0: the server hung up."""

    def __init__(self, asking: Asking, question: CertificateRequest) -> None:
        super().__init__(daemon=True)
        self.status = 0
        self.body = b""
        self.begin = Event()
        self.all_sent = False
        self._asking = asking
        self._content = msgspec.json.encode(question)

    def run(self) -> None:
        """Send, and read what comes back."""
        parts = urlsplit(self._asking.url)
        context = client_context(self._asking.tls)
        connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=DEADLINE_SECONDS, context=context)
        try:
            connection.putrequest("POST", REQUESTS)
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(len(self._content)))
            connection.endheaders()
            for place, byte in enumerate(self._content, start=1):
                self.all_sent = place == len(self._content)  # before it is sent: the server may be quick
                connection.send(bytes([byte]))
                self.begin.set()
                time.sleep(BYTE_SECONDS)
            response = connection.getresponse()
            self.status, self.body = response.status, response.read()
        except (OSError, HTTPException):
            self.status = 0
        finally:
            self.begin.set()
            connection.close()


def _changed(asking: Asking, **fields: object) -> bytes:
    """Write a request with other fields, of the contract or not."""
    built = msgspec.to_builtins(asking.request(asking.plan.subjects[0]))
    return msgspec.json.encode({**built, **fields})


def _require_silence(asking: Asking, context: ssl.SSLContext, who: str) -> None:
    status = answers_to(asking.url, context, f"/v1/municipalities/{asking.plan.municipality_code}/menu")
    if status is not None:
        raise Broken(f"{who} was answered {status}")


CLAUSES: tuple[Clause, ...] = (
    without_certificate,
    foreign_authority,
    old_version,
    too_large,
    not_json,
    unknown_field,
    unknown_kind,
    limits,
    slow_client,
)
