"""Certificates of machines over real lines: who is known, who is revoked, and the next certificate without a stop."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from kofu.core.errors import OperatorFault
from kofu.core.profile import RevocationRule
from kofu.platform.machines import (
    REVOKED_FILE,
    Admission,
    as_metrics,
    certificates_here,
    list_here,
    read_revoked,
    revoke,
    warning_step,
)
from kofu.platform.tls import FreshContext, TlsFiles, client_context, issue_certificate, make_development_ca

APP = """
import sys
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from kofu.platform import serve as ground
from kofu.platform.tls import TlsFiles

ground.LOOK_SECONDS = 0.1

async def who(request):
    return PlainTextResponse(ground.peer_of(request.scope))

def create_app():
    return Starlette(routes=[Route("/who", who)])

if __name__ == "__main__":
    folder, named = Path(sys.argv[2]), sys.argv[3]
    files = TlsFiles(folder / "ca.pem", folder / "issuing.pem", folder / "issuing.key")
    machines = frozenset(named.split(",")) if named else None
    ground.serve("machines_app:create_app", port=int(sys.argv[1]), tls=files, machines=machines)
"""
NOW = datetime(2026, 11, 30, tzinfo=UTC)
PATIENCE_SECONDS = 20.0


def files(folder: Path, name: str) -> TlsFiles:
    return TlsFiles(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")


@contextlib.contextmanager
def serving(folder: Path, port: int, named: str) -> Iterator[int]:
    (folder / "machines_app.py").write_text(APP, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "machines_app.py", str(port), str(folder), named],
        cwd=folder,
        env={"PYTHONPATH": f"{Path('src').resolve()}:{folder}", "PATH": "/usr/bin:/bin"},
    )
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    make_development_ca(folder)
    issue_certificate(folder, "kiosk-0099")
    return folder


@pytest.fixture(scope="module")
def port(tls, unused_port_factory) -> Iterator[int]:
    with serving(tls, unused_port_factory(), "center,registry,kiosk-0001") as number:
        yield number


@pytest.fixture
def ask(tls, port) -> Callable[[str], str]:
    return lambda name: asked(port, files(tls, name))


def asked(port: int, own: TlsFiles) -> str:
    """Give what a machine is told: its name, a status, or that the line was closed."""
    try:
        answer = httpx.get(f"https://localhost:{port}/who", verify=client_context(own), timeout=PATIENCE_SECONDS)
    except httpx.TransportError:
        return "closed"
    return answer.text if answer.is_success else str(answer.status_code)


def until(found: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if found():
            return True
        time.sleep(0.05)
    return False


def test_a_machine_the_profile_does_not_name_is_refused_though_the_authority_signed_it(ask):
    """Issue 12 §4. A kiosk that was sold, or one of another municipality, is signed too."""
    assert (ask("center"), ask("kiosk-0001")) == ("center", "kiosk-0001")
    assert (ask("kiosk-0099"), ask("ledger")) == ("closed", "closed")


def test_its_twin_without_the_names_lets_it_in(tls, unused_port_factory):
    with serving(tls, unused_port_factory(), "") as port:
        assert asked(port, files(tls, "kiosk-0099")) == "kiosk-0099"


def test_a_revoked_machine_is_refused_without_a_restart_and_its_open_lines_end(tls, port, ask):
    with httpx.Client(base_url=f"https://localhost:{port}", verify=client_context(files(tls, "registry"))) as line:
        assert line.get("/who").text == "registry"
        old = files(tls, "registry").certificate.read_bytes()
        revoke(tls, files(tls, "registry").certificate, NOW)
        assert line.get("/who").status_code == 403
    assert ask("registry") == "closed"
    assert ask("center") == "center"
    issue_certificate(tls, "registry")
    assert ask("registry") == "registry", "the next certificate of the same machine is another one"
    assert x509.load_pem_x509_certificate(old).serial_number in read_revoked(tls / REVOKED_FILE, tls / "ca.pem")


def test_a_list_the_authority_did_not_sign_brings_nobody_back(tls, ask, tmp_path):
    """Whoever may write a file in the folder could lay an empty list there; the authority's key is elsewhere."""
    revoke(tls, files(tls, "kiosk-0001").certificate, NOW)
    assert ask("kiosk-0001") == "closed"
    true_list = (tls / REVOKED_FILE).read_bytes()
    make_development_ca(tmp_path)
    revoke(tmp_path, tmp_path / "kiosk-0001.pem", NOW)
    try:
        for forged in ((tmp_path / REVOKED_FILE).read_bytes(), b"nonsense", b""):
            (tls / REVOKED_FILE).write_bytes(forged)
            assert ask("kiosk-0001") == "closed"
            with pytest.raises(OperatorFault):
                read_revoked(tls / REVOKED_FILE, tls / "ca.pem")
    finally:
        (tls / REVOKED_FILE).write_bytes(true_list)


def test_a_list_that_is_removed_or_laid_back_brings_nobody_back(tmp_path):
    """An older list is signed as well as the newest; and without any nobody would be revoked."""
    make_development_ca(tmp_path)
    revoke(tmp_path, tmp_path / "center.pem", NOW)
    older = (tmp_path / REVOKED_FILE).read_bytes()
    serial = revoke(tmp_path, tmp_path / "registry.pem", NOW + timedelta(days=1))
    newest = (tmp_path / REVOKED_FILE).read_bytes()
    admission = Admission(tmp_path / "ca.pem")
    assert admission.refusal("registry", serial) == "machine_revoked"
    (tmp_path / REVOKED_FILE).unlink()
    assert admission.refusal("registry", serial) == "machine_revoked"
    (tmp_path / REVOKED_FILE).write_bytes(older)
    assert admission.refusal("registry", serial) == "machine_revoked"
    assert Admission(tmp_path / "ca.pem").refusal("registry", serial) == ""  # the twin: one that saw no newer list
    (tmp_path / REVOKED_FILE).write_bytes(newest)
    assert admission.refusal("registry", serial) == "machine_revoked"


def test_a_restart_without_the_list_or_with_an_older_one_forgets_nobody(tmp_path):
    """The list in force is kept: whoever removes `ca.crl` and waits for a restart brings nobody back."""
    make_development_ca(tmp_path)
    revoke(tmp_path, tmp_path / "center.pem", NOW)
    older = (tmp_path / REVOKED_FILE).read_bytes()
    serial = revoke(tmp_path, tmp_path / "registry.pem", NOW + timedelta(days=1))
    kept = tmp_path / "var" / "revoked" / REVOKED_FILE

    def begun(kept: Path | None) -> str:
        return Admission(tmp_path / "ca.pem", kept=kept).refusal("registry", serial)

    assert begun(kept) == "machine_revoked"
    (tmp_path / REVOKED_FILE).unlink()
    assert (begun(kept), begun(None)) == ("machine_revoked", ""), "the twin keeps no list"
    (tmp_path / REVOKED_FILE).write_bytes(older)
    assert (begun(kept), begun(None)) == ("machine_revoked", "")
    kept.write_text("nonsense")
    (tmp_path / REVOKED_FILE).unlink()
    assert begun(kept) == ""  # who may write there too: then the profile asks for the list


@pytest.mark.parametrize(
    ("rule", "without", "overdue", "let_in"),
    [
        (RevocationRule.WARNED, "", "", ""),
        (RevocationRule.REQUIRED, "no_revocation_list", "", ""),
        (RevocationRule.CURRENT, "no_revocation_list", "revocation_list_overdue", "list_overdue"),
    ],
)
def test_the_profile_says_whether_a_process_serves_without_a_list_that_is_current(
    tmp_path, rule, without, overdue, let_in
):
    make_development_ca(tmp_path)

    def begun() -> str:
        try:
            Admission(tmp_path / "ca.pem", rule=rule).require_list()
        except OperatorFault as fault:
            return fault.code
        return ""

    assert begun() == without
    revoke(tmp_path, tmp_path / "center.pem", datetime.now(UTC))
    assert begun() == ""
    assert Admission(tmp_path / "ca.pem", rule=rule).refusal("registry", 7) == ""
    revoke(tmp_path, tmp_path / "center.pem", datetime.now(UTC) - timedelta(days=31))
    assert begun() == overdue
    assert Admission(tmp_path / "ca.pem", rule=rule).refusal("registry", 7) == let_in
    text = as_metrics((), datetime.now(UTC), list_here(tmp_path))
    assert re.search(r"^kofu_revocation_list_due_seconds -\d+$", text, re.MULTILINE)


def test_a_new_certificate_is_shown_without_a_stop_and_open_lines_go_on(tls, port):
    def shown() -> int:
        context = client_context(files(tls, "center"))
        with context.wrap_socket(
            socket.create_connection(("127.0.0.1", port), 10), server_hostname="localhost"
        ) as line:
            return x509.load_der_x509_certificate(line.getpeercert(binary_form=True) or b"").serial_number

    before = shown()
    with httpx.Client(base_url=f"https://localhost:{port}", verify=client_context(files(tls, "center"))) as line:
        assert line.get("/who").text == "center"
        issue_certificate(tls, "issuing")
        assert until(lambda: shown() != before)
        assert line.get("/who").text == "center"
        opened = line._transport._pool.connections  # type: ignore[attr-defined]
        assert len(opened) == 1, "it is the line that was open before"


def test_a_pair_that_does_not_fit_changes_nothing(tmp_path):
    """Key and certificate are two files: between the two renames they do not belong together."""
    make_development_ca(tmp_path)
    own = files(tmp_path, "issuing")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    fresh = FreshContext(context, own.certificate, own.key)
    assert not fresh.look()
    whole = own.key.read_bytes()
    own.key.write_bytes(files(tmp_path, "center").key.read_bytes())
    assert not fresh.look()
    assert not fresh.look(), "it is tried again, and still does not fit"
    own.key.write_bytes(whole)
    assert fresh.look()


@pytest.mark.parametrize(
    ("left", "step"),
    [(timedelta(days=61), None), (timedelta(days=60), 60), (timedelta(days=31), 60), (timedelta(days=30), 30),
     (timedelta(days=8), 30), (timedelta(days=7), 7), (timedelta(seconds=1), 7), (timedelta(), 0),
     (timedelta(days=-1), 0)],
)  # fmt: skip
def test_an_end_is_told_60_30_and_7_days_before(left, step):
    assert warning_step(NOW + left, NOW) == step


def test_each_step_is_told_once(tmp_path):
    admission = Admission(tmp_path / "ca.pem")
    ends = NOW + timedelta(days=60)
    told = [admission.warn_of_end("center", 7, ends, NOW + timedelta(days=day)) for day in (0, 1, 30, 31, 53, 54, 60)]
    assert told == [60, None, 30, None, 7, None, 0]


def test_certificates_bear_what_they_need_and_a_page_and_a_monitor_can_tell_them_apart(tmp_path):
    """A kiosk's certificate that were good for a server could stand for the centre on a line somebody bent."""
    make_development_ca(tmp_path)
    server = ExtendedKeyUsageOID.SERVER_AUTH
    for name, serves in (("center", True), ("kiosk-0001", False), ("ledger", False)):
        made = x509.load_pem_x509_certificate((tmp_path / f"{name}.pem").read_bytes())
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert (server in made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == serves
        assert names.get_values_for_type(x509.DNSName) == [name, "localhost"][: 1 + serves]
    named = issue_certificate(tmp_path, "center", ("center.example",)).certificate
    names = x509.load_pem_x509_certificate(named.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.DNSName) == ["center", "center.example"]
    assert names.value.get_values_for_type(x509.IPAddress) == []
    revoke(tmp_path, tmp_path / "ledger.pem", NOW)
    issue_certificate(tmp_path, "kiosk-0099")
    now = datetime.now(UTC)
    found = {one.name: one for one in certificates_here(tmp_path, frozenset({"center", "ledger", "kiosk-0001"}), now)}
    assert [name for name, one in found.items() if one.revoked] == ["ledger"]
    assert {name for name, one in found.items() if not one.known} == {"issuing", "registry", "kiosk-0099"}
    text = as_metrics(tuple(found.values()), now)
    assert 'kofu_certificate_revoked{machine="ledger"} 1' in text
    assert (
        f'kofu_certificate_expires_seconds{{machine="center"}} {int((found["center"].ends - now).total_seconds())}'
        in text
    )


@pytest.mark.parametrize("name", ["ca", "../kiosk-0001", "kiosk 0001", "Center", "", "kiosk-0001.pem", "-x"])
def test_a_name_that_is_no_machines_makes_no_certificate_and_leaves_the_authoritys_key_alone(tmp_path, name):
    """`renew ca` put a machine's key in the place of the authority's; `../x` wrote outside the folder."""
    make_development_ca(tmp_path / "tls")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(OperatorFault, match="machine_name"):
        issue_certificate(tmp_path / "tls", name)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
