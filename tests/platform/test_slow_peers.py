"""D9: half-open handshakes, heads and bodies that never end, idle lines: closed after seconds, others are served."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from kofu.platform.tls import TlsFiles, client_context, make_development_ca

APP = """
import sys
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from kofu.platform import serve as ground
from kofu.platform.tls import TlsFiles

ground.HANDSHAKE_SECONDS_MAX = 1.0
ground.PeerProtocol.request_seconds_max = 1.0
ground.KEEP_ALIVE_SECONDS = 1

async def size(request):
    return PlainTextResponse(str(len(await request.body())))

def create_app():
    return Starlette(routes=[Route("/size", size, methods=["GET", "POST"])])

if __name__ == "__main__":
    folder = Path(sys.argv[2])
    files = TlsFiles(folder / "ca.pem", folder / "issuing.pem", folder / "issuing.key")
    ground.serve("slow_app:create_app", port=int(sys.argv[1]), tls=files)
"""
PATIENCE_SECONDS = 20.0  # far above the limits, far below uvicorn's own minute: this machine may do something else too


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    make_development_ca(folder)
    return folder


@pytest.fixture(scope="module")
def port(tls, tmp_path_factory, unused_port_factory):
    folder = tmp_path_factory.mktemp("app")
    (folder / "slow_app.py").write_text(APP, encoding="utf-8")
    number = unused_port_factory()
    process = subprocess.Popen(
        [sys.executable, "slow_app.py", str(number), str(tls)],
        cwd=folder,
        env={"PYTHONPATH": f"{Path('src').resolve()}:{folder}", "PATH": "/usr/bin:/bin"},
    )
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", number), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield number
    finally:
        process.terminate()
        process.wait(15)


@pytest.fixture
def context(tls) -> ssl.SSLContext:
    return client_context(TlsFiles(tls / "ca.pem", tls / "center.pem", tls / "center.key"))


def line(port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Open a line and finish its handshake."""
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 10), server_hostname="localhost")


def closes(one: socket.socket) -> bool:
    """Whether the other end closes the line, within `PATIENCE_SECONDS`."""
    one.settimeout(PATIENCE_SECONDS)
    try:
        while one.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True  # reset: closed as well
    finally:
        one.close()
    return True


def test_a_hundred_and_fifty_half_open_lines_are_closed_and_others_are_served(port, context):
    half_open = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(150)]
    with httpx.Client(verify=context, base_url=f"https://localhost:{port}", timeout=PATIENCE_SECONDS) as client:
        assert client.post("/size", content=b"12345").text == "5"
    assert all(closes(one) for one in half_open)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing at all"),
        pytest.param(b"POST /size HTTP/1.1\r\nHost: localhost\r\nX-A:", id="a head that never ends"),
        pytest.param(
            b"POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf", id="a body that never ends"
        ),
        pytest.param(b"GET /size HTTP/1.1\r\nHost: localhost\r\n\r\n", id="idle after an answer"),
        pytest.param(b"GET /size HTTP/1.1\r\nHost: localhost\r\n\r\nGET /si", id="a second request that never ends"),
    ],
)
def test_a_line_on_which_no_request_gets_whole_is_closed_after_seconds(port, context, sent):
    one = line(port, context)
    if sent:
        one.sendall(sent)
    assert closes(one)


def test_a_body_that_comes_byte_by_byte_has_no_more_time_than_any_other(port, context):
    """A limit between two bytes would let it go on for ever."""
    one = line(port, context)
    one.sendall(b"POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
    began = time.monotonic()
    try:
        while time.monotonic() - began < PATIENCE_SECONDS:
            one.sendall(b"x")
            time.sleep(0.05)
        closed = False
    except OSError:
        closed = True
    finally:
        one.close()
    assert closed
