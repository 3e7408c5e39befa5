"""Start a system's ASGI app under uvicorn, over TLS with certificates on both ends.

uvicorn does not hand over the peer's certificate; `PeerProtocol` does: the subject's common name stands in
`scope["extensions"]["kofu.peer"]`, so that an app decides by it who may ask what.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kofu.platform.supervise import run
from kofu.platform.tls import TlsFiles

PEER = "kofu.peer"
HEADER_BYTES_MAX = 16 * 1024
KEEP_ALIVE_SECONDS = 30
STOP_SECONDS_MAX = 10

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Named:
    """The app as seen from one connection: it knows who is at the other end."""

    app: App
    peer: str

    async def __call__(
        self, scope: Scope, receive: Callable[..., Awaitable[Any]], send: Callable[..., Awaitable[Any]]
    ) -> None:
        scope["extensions"] = {**scope.get("extensions", {}), PEER: self.peer}
        await self.app(scope, receive, send)


def common_name(certificate: dict[str, Any]) -> str:
    """Subject common name of a certificate as `SSLSocket.getpeercert()` gives it; "" where there is none."""
    for relative_name in certificate.get("subject", ()):
        for key, value in relative_name:
            if key == "commonName":
                return str(value)
    return ""


class PeerProtocol(H11Protocol):
    """HTTP/1.1 by uvicorn, with the name of the peer in the scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it likewise
        """Learn the peer's name once, when the handshake is done."""
        super().connection_made(transport)
        connection: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        certificate = connection.getpeercert() if connection is not None else None
        self.app = _Named(self.app, common_name(certificate or {}))


def peer_of(scope: Scope) -> str:
    """Name of the system at the other end, "" where it showed no certificate."""
    return str(scope.get("extensions", {}).get(PEER, ""))


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
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="auto",
        access_log=False,
        log_level="warning",
        server_header=False,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
        ssl_certfile=tls[0] if tls else None,
        ssl_keyfile=tls[1] if tls else None,
    )
    run(config)


def only_tls_1_3(_config: uvicorn.Config, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Take uvicorn's own context and refuse all before TLS 1.3, as the contracts say."""
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def serve(factory: str, *, port: int, tls: TlsFiles | None, workers: int = 1, host: str = "127.0.0.1") -> None:
    """Serve `factory` ("package.module:create_app") until told to stop.

    With `tls` every client must show a certificate of the authority. Without it the server speaks plain HTTP: for the
    kiosk's own screen on the same device only. Logs hold no addresses and no bodies.
    """
    config = uvicorn.Config(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http="kofu.platform.serve:PeerProtocol",
        ws="none",
        loop="asyncio",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_ca_certs=str(tls.authority) if tls else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if tls else ssl.CERT_NONE,
        ssl_context_factory=only_tls_1_3 if tls else None,
    )
    run(config)
