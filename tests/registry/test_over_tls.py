"""The registry as its own process over mutually authenticated TLS, as it runs."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from kofu.platform.tls import TlsFiles, client_context, make_development_ca
from kofu.registry.jpki.authority import load_authority, make_authority
from kofu.registry.serials import load_serials

pytestmark = pytest.mark.storage
SERIAL = "ab".zfill(32)


@pytest.fixture(scope="module")
def registry(system_database, tmp_path_factory):
    """A running registry that knows one good serial: its address and the folder of the certificates."""
    folder = tmp_path_factory.mktemp("registry")
    database = system_database("registry")
    (folder / "serials.csv").write_text(f"serial,valid_from,valid_to,status\n{SERIAL},2000-01-01,2999-01-01,valid\n")
    with psycopg.connect(database.owner_url) as connection:
        load_serials(connection, folder / "serials.csv")
    make_development_ca(folder / "tls")
    make_authority(folder / "jpki")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "KOFU_VAR": str(folder),
        "KOFU_REGISTRY_DATABASE_URL": database.app_url,
        "KOFU_REGISTRY_PORT": str(port),
        "KOFU_ISSUING_URL": "https://127.0.0.1:1",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-c", "from kofu.cli import main; main()", "serve", "registry"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        address = f"https://127.0.0.1:{port}"
        try:
            wait_until_up(address, folder, process)
            yield address, folder
        finally:
            process.terminate()
            process.wait(20)


def question(folder) -> bytes:
    """An OCSP question about the one serial, by the authority's own hashes."""
    own = ocsp.OCSPRequestBuilder().add_certificate(*[load_authority(folder / "jpki").certificate] * 2, hashes.SHA256())
    asked = own.build()
    about = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        asked.issuer_name_hash, asked.issuer_key_hash, int(SERIAL, 16), hashes.SHA256()
    )
    return about.build().public_bytes(serialization.Encoding.DER)


def wait_until_up(address, folder, process) -> None:
    for _ in range(200):
        try:
            if ask(address, folder, "center", "healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
        if process.poll() is not None:
            break
    raise AssertionError((folder / "log").read_text())


def ask(address, folder, name, path="v1/ocsp") -> httpx.Response:
    tls = folder / "tls"
    context = client_context(TlsFiles(tls / "ca.pem", tls / f"{name}.pem", tls / f"{name}.key"))
    with httpx.Client(verify=context) as client:
        if path == "healthz":
            return client.get(f"{address}/{path}")
        return client.post(f"{address}/{path}", content=question(folder))


def test_the_centre_learns_that_a_serial_is_good(registry) -> None:
    answer = ocsp.load_der_ocsp_response(ask(*registry, "center").content)
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert answer.serial_number == 0xAB


def test_another_system_with_a_certificate_of_its_own_is_refused(registry) -> None:
    assert ask(*registry, "issuing").status_code == 403


def test_without_a_client_certificate_there_is_no_conversation(registry) -> None:
    address, folder = registry
    context = ssl.create_default_context(cafile=str(folder / "tls" / "ca.pem"))
    with httpx.Client(verify=context) as client, pytest.raises(httpx.TransportError):
        client.post(f"{address}/v1/ocsp", content=question(folder))


def test_the_log_holds_no_serial(registry) -> None:
    address, folder = registry
    ask(address, folder, "center")
    text = (folder / "log").read_text()
    assert "registry.ocsp" in text
    assert SERIAL not in text
    assert "serial=" not in text
