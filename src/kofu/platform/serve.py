"""Start a system's ASGI app under uvicorn, over TLS with certificates on both ends.

uvicorn does not hand over the peer's certificate; `PeerProtocol` does: the subject's common name stands in
`scope["extensions"]["kofu.peer"]`, so that an app decides by it who may ask what.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kofu.core.profile import RevocationRule
from kofu.platform.even_lines import HERE, EvenServer, count
from kofu.platform.machines import REVOKED_FILE, Admission
from kofu.platform.one_write import OneWriteTransport
from kofu.platform.settings import trusted_proxies, var_dir
from kofu.platform.supervise import run
from kofu.platform.tls import FreshContext, TlsFiles

_LOG = logging.getLogger("kofu.platform.serve")

PEER = "kofu.peer"
HEADER_BYTES_MAX = 16 * 1024
KEEP_ALIVE_SECONDS = 30
HANDSHAKE_SECONDS_MAX = 5.0
TAKING_SECONDS_MAX = 60.0
"""How long a peer may leave an answer untaken before its line ends: it holds memory all the while."""
STOP_SECONDS_MAX = 10
WORKER_SECONDS_MAX = 20
"""How long a worker may not answer its supervisor before it is killed and started anew. On a machine that is busy it is
not dead, and its start takes more of the processor than its work."""
LOOK_SECONDS = 5.0
"""How often a server looks whether its certificate was replaced."""
_FRESH: dict[ssl.SSLContext, FreshContext] = {}

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Named:
    """The app as seen from one connection: it knows who is at the other end."""

    app: App
    peer: str

    refusal: Callable[[], str]

    async def __call__(
        self, scope: Scope, receive: Callable[..., Awaitable[Any]], send: Callable[..., Awaitable[Any]]
    ) -> None:
        if self.refusal():  # revoked since the line was opened
            headers = [(b"content-length", b"0"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        scope["extensions"] = {**scope.get("extensions", {}), PEER: self.peer}
        await self.app(scope, receive, send)


class MachineConfig(uvicorn.Config):
    """uvicorn's words for a server, and who is let in. It goes to worker processes as it is."""

    admission: Admission | None = None


def common_name(certificate: dict[str, Any]) -> str:
    """Subject common name of a certificate as `SSLSocket.getpeercert()` gives it; "" where there is none."""
    for relative_name in certificate.get("subject", ()):
        for key, value in relative_name:
            if key == "commonName":
                return str(value)
    return ""


class QuickLoop(asyncio.SelectorEventLoop):
    """asyncio's loop, whose servers drop a line that does not finish its handshake: uvicorn has no word for that."""

    async def create_server(self, *words: Any, **options: Any) -> asyncio.Server:
        """Listen as asked, with the limits of this module; of several workers, each takes its share of the lines."""
        limits: dict[str, Any] = {}
        if options.get("ssl") is not None:
            limits = {"ssl_handshake_timeout": HANDSHAKE_SECONDS_MAX, "ssl_shutdown_timeout": HANDSHAKE_SECONDS_MAX}
            fresh = _FRESH.get(options["ssl"])
            if fresh is not None:
                self._look_again(fresh)
        if HERE.share is None:
            return await super().create_server(*words, **options | limits)
        listener: socket.socket = options["sock"]
        listener.settimeout(0)
        listener.listen(options["backlog"])
        even = EvenServer(HERE.share, listener, words[0], ssl=options.get("ssl"), **limits)
        return cast("asyncio.Server", even)  # uvicorn closes it and waits for it, no more

    def _look_again(self, fresh: FreshContext) -> None:
        if fresh.look():
            _LOG.warning("a new certificate was taken for the lines to come: %s", fresh.certificate.name)
        self.call_later(LOOK_SECONDS, self._look_again, fresh)


class TimedProtocol(H11Protocol):
    """HTTP/1.1 by uvicorn, on which a request gets whole within `request_seconds_max`, head and body, or the line ends.

    uvicorn itself limits only the time between an answer and the next request. The limit is of the whole request, from
    the opened line or the first byte on: a peer that sends a byte now and then gains nothing. A peer that does not take
    its answer is let go too, and one peer holds no more than `lines_max` lines of a process at once: what comes beyond
    is closed before a byte of it is read, so that others are served.
    """

    request_seconds_max = 60.0  # a file of payments over a browser's line
    lines_max = 200  # an office's browsers, and a proxy, may come from one address
    lines: ClassVar[Counter[str]] = Counter()
    """Open lines of this process by peer: one event loop, so nobody counts beside us."""
    _getting: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None
    _peer: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it likewise
        """Count the line, and begin to wait for the first request."""
        super().connection_made(cast("asyncio.Transport", OneWriteTransport(transport, self.loop)))
        count(1)
        self._wait()
        peer = self.peer_name()
        if self.lines[peer] >= self.lines_max:
            _LOG.warning("a peer holds %s lines; one more was closed", self.lines_max)
            transport.abort()
            return
        self._peer = peer
        self.lines[peer] += 1

    def peer_name(self) -> str:
        """By what a peer's lines are counted: its address, for it has shown nothing else."""
        return self.client[0] if self.client else ""

    def pause_writing(self) -> None:
        """Wait for the peer to take what was written, for a while."""
        super().pause_writing()
        if self._taking is None:
            self._taking = self.loop.call_later(TAKING_SECONDS_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the peer has taken it."""
        self._take_no_more()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take bytes, and see whether the request is whole by now."""
        super().data_received(data)
        if self.conn.their_state in {h11.IDLE, h11.SEND_BODY}:
            self._wait()
        else:
            self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting and counting."""
        count(-1)
        self._wait_no_more()
        self._take_no_more()
        if self._peer is not None:
            self.lines[self._peer] -= 1
            if not self.lines[self._peer]:
                del self.lines[self._peer]
            self._peer = None
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._getting is None and not self.transport.is_closing():
            self._getting = self.loop.call_later(self.request_seconds_max, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._getting is not None:
            self._getting.cancel()
            self._getting = None

    def _take_no_more(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """What a peer's certificate says: whose it is, its serial number, until when it is good."""

    name: str
    serial: int
    ends: datetime


class PeerProtocol(TimedProtocol):
    """HTTP/1.1 between systems: small messages, with the name of the peer in the scope."""

    request_seconds_max = 10.0
    lines_max = 64

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it likewise
        """Learn the peer's name once, when the handshake is done; one that is not let in is not read from."""
        super().connection_made(transport)
        refusal = self.refusal()
        if refusal:
            _LOG.warning("a line was closed: %s, %s", refusal, self.certified_name())
            transport.abort()
            return
        self.app = _Named(self.app, self.certified_name(), self.refusal)

    @cached_property
    def shown(self) -> ShownCertificate | None:
        """The certificate the peer showed, read once for its line; None where it showed none."""
        connection: ssl.SSLObject | None = self.transport.get_extra_info("ssl_object")
        said = connection.getpeercert() if connection is not None else None
        if not said:
            return None
        ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(said["notAfter"])), UTC)
        return ShownCertificate(common_name(said), int(str(said["serialNumber"]), 16), ends)

    def certified_name(self) -> str:
        """Name in the certificate the peer showed; "" where it showed none."""
        return self.shown.name if self.shown else ""

    def refusal(self) -> str:
        """Why the peer is not let in, "" where it is. Tells of a certificate that ends soon."""
        admission: Admission | None = getattr(self.config, "admission", None)
        shown = self.shown
        if admission is None or shown is None:
            return ""
        admission.warn_of_end(shown.name, shown.serial, shown.ends, datetime.now(UTC))
        return admission.refusal(shown.name, shown.serial)

    def peer_name(self) -> str:
        """By what a peer's lines are counted: the name in its certificate, or its address."""
        return self.certified_name() or super().peer_name()


def peer_of(scope: Scope) -> str:
    """Name of the system at the other end, "" where it showed no certificate."""
    return str(scope.get("extensions", {}).get(PEER, ""))


def _proxy_words() -> dict[str, Any]:
    """Words for uvicorn, which by itself believes whoever is on this machine what address and scheme a browser has."""
    proxies = trusted_proxies()
    return {"proxy_headers": bool(proxies), "forwarded_allow_ips": proxies}


def serve_screens(factory: str, *, port: int, tls: tuple[Path, Path] | None, workers: int = 1) -> None:
    """Serve staff screens on loopback until told to stop: browsers show no certificate, a login does.

    `tls`: certificate chain and key (PEM); None speaks plain HTTP, for a demonstration or behind a proxy that ends TLS.
    """
    config = uvicorn.Config(
        factory,
        factory=True,
        host="127.0.0.1",
        port=port,
        workers=workers,
        http="kofu.platform.serve:TimedProtocol",
        ws="none",
        loop="kofu.platform.serve:QuickLoop",
        lifespan="auto",
        access_log=False,
        log_level="warning",
        server_header=False,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
        timeout_worker_healthcheck=WORKER_SECONDS_MAX,
        ssl_certfile=tls[0] if tls else None,
        ssl_keyfile=tls[1] if tls else None,
        ssl_context_factory=fresh_context if tls else None,
        **_proxy_words(),
    )
    run(config)


def fresh_context(config: uvicorn.Config, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Take uvicorn's own context, and follow its files while it is served."""
    context = default()
    if config.ssl_certfile and config.ssl_keyfile:
        authority = Path(config.ssl_ca_certs) if config.ssl_ca_certs else None
        _FRESH[context] = FreshContext(context, Path(config.ssl_certfile), Path(config.ssl_keyfile), authority)
    return context


def only_tls_1_3(config: uvicorn.Config, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Take `fresh_context` and refuse all before TLS 1.3, as the contracts say."""
    context = fresh_context(config, default)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def serve(
    factory: str,
    *,
    port: int,
    tls: TlsFiles | None,
    workers: int = 1,
    host: str = "127.0.0.1",
    machines: frozenset[str] | None = None,
    revocation: RevocationRule = RevocationRule.WARNED,
) -> None:
    """Serve `factory` ("package.module:create_app") until told to stop.

    With `tls` every client must show a certificate of the authority that was not revoked, and be one of `machines`
    where they are named; `revocation` says what the list of revoked certificates must be. Without `tls` the server
    speaks plain HTTP: for the kiosk's own screen on the same device only. Logs hold no addresses and no bodies.

    Raises as `Admission.require_list`.
    """
    config = MachineConfig(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http="kofu.platform.serve:PeerProtocol",
        ws="none",
        loop="kofu.platform.serve:QuickLoop",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
        timeout_worker_healthcheck=WORKER_SECONDS_MAX,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_ca_certs=str(tls.authority) if tls else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if tls else ssl.CERT_NONE,
        ssl_context_factory=only_tls_1_3 if tls else None,
        **({"proxy_headers": False} if tls else _proxy_words()),
    )
    if tls:
        config.admission = Admission(tls.authority, machines, revocation, var_dir() / "revoked" / REVOKED_FILE)
        config.admission.require_list()
    run(config)
