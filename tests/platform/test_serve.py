"""Systems meet over TLS with certificates on both ends, and each knows who the other is."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from kofu.platform.serve import common_name
from kofu.platform.tls import TlsFiles, client_context, issue_certificate, make_development_ca

APP = """
import os, sys
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from kofu.platform.serve import peer_of, serve
from kofu.platform.tls import TlsFiles

async def who(request):
    return PlainTextResponse(peer_of(request.scope))

def create_app():
    return Starlette(routes=[Route("/who", who)])

if __name__ == "__main__":
    folder = Path(sys.argv[2])
    files = TlsFiles(folder / "ca.pem", folder / "issuing.pem", folder / "issuing.key")
    serve("named_app:create_app", port=int(sys.argv[1]), tls=files, workers=int(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    make_development_ca(folder)
    return folder


def files(folder: Path, name: str) -> TlsFiles:
    return TlsFiles(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def server(request, tls, tmp_path_factory, unused_port_factory):
    folder = tmp_path_factory.mktemp("app")
    (folder / "named_app.py").write_text(APP, encoding="utf-8")
    port = unused_port_factory()
    process = subprocess.Popen(
        [sys.executable, "named_app.py", str(port), str(tls), str(request.param)],
        cwd=folder,
        env={"PYTHONPATH": f"{Path('src').resolve()}:{folder}", "PATH": "/usr/bin:/bin"},
    )
    url = f"https://localhost:{port}/who"
    try:
        for _ in range(150):
            try:
                httpx.get(url, verify=client_context(files(tls, "center")))
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(15)


def test_a_server_knows_the_name_of_its_peer(server, tls):
    for name in ("center", "registry"):
        assert httpx.get(server, verify=client_context(files(tls, name))).text == name


def test_a_client_without_a_certificate_is_not_served(server, tls):
    import ssl

    bare = ssl.create_default_context(cafile=str(tls / "ca.pem"))
    with pytest.raises(httpx.TransportError):
        httpx.get(server, verify=bare)


def test_a_certificate_of_another_authority_is_not_served(server, tls, tmp_path):
    make_development_ca(tmp_path)
    stranger = files(tmp_path, "center")
    mixed = TlsFiles(tls / "ca.pem", stranger.certificate, stranger.key)
    with pytest.raises(httpx.TransportError):
        httpx.get(server, verify=client_context(mixed))


def test_keys_are_for_their_owner_alone_and_a_second_run_changes_nothing(tls):
    before = {path.name: path.read_bytes() for path in tls.iterdir()}
    make_development_ca(tls)
    assert {path.name: path.read_bytes() for path in tls.iterdir()} == before
    assert {path.stat().st_mode & 0o777 for path in tls.glob("*.key")} == {0o600}


def test_a_certificate_without_a_common_name_gives_no_name(tmp_path):
    assert common_name({}) == ""
    make_development_ca(tmp_path)
    assert issue_certificate(tmp_path, "kiosk-0002").certificate.exists()
