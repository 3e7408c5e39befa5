"""The commands of the signed code: a key, a scan checked, a revocation, the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from tests.certificates import orders
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.certificates.render import CertificatePress, render
from kofu.certificates.signed_code import code_signer
from kofu.cli.code import app
from kofu.core.calendar import day_in_japan
from kofu.platform.fonts import find_font, read_font

pytestmark = [pytest.mark.font, pytest.mark.storage]
NUMBER = "20261123-139998-000000001"


@pytest.fixture
def run(tmp_path, monkeypatch, system_database):
    database = system_database("ledger")
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", database.app_url)
    people = log_in("ledger", database, tmp_path, hanako="certificate_approver", kanri="administrator")
    monkeypatch.setenv("KOFU_SIGNING_KEYS", str(tmp_path / "keys"))
    monkeypatch.delenv("KOFU_LEDGER_OWNER_DATABASE_URL", raising=False)
    monkeypatch.setenv("KOFU_PROFILE", str(Path(__file__).parents[2] / "profiles" / "mihon.toml"))

    def running(*words: str) -> tuple[int, str]:
        people.be(monkeypatch, "kanri" if "new-key" in words else "hanako")
        done = CliRunner().invoke(app, list(words))
        return done.exit_code, done.output

    return running


def scan(to: Path, *, signed: bool = True) -> str:
    order = replace(orders.TAXATION, certificate_number=NUMBER, as_of=day_in_japan(datetime.now(UTC)))
    pdf = render(order, CertificatePress(read_font(find_font()), signer=code_signer(wanted=signed)))
    with pypdfium2.PdfDocument(pdf) as document:
        document[0].render(scale=200 / 72).to_pil().save(to)
    return str(to)


def test_a_key_is_made_a_scan_is_checked_and_a_revoked_number_is_refused(run, tmp_path):
    assert run("new-key")[0] == 0
    front = scan(tmp_path / "front.png")
    code, said = run("check", front)
    assert (code, f"課税証明書 {NUMBER}" in said, "氏名  見本　太郎" in said) == (0, True, True)
    assert run("revoke", NUMBER, NUMBER)[1].startswith("1 new, 1 revoked")
    assert run("revoke", NUMBER)[1].startswith("0 new, 1 revoked")
    code, said = run("check", front)
    assert (code, "REVOKED" in said) == (1, True)
    out = tmp_path / "verify.html"
    assert run("page", "--out", str(out))[0] == 0
    page = out.read_text(encoding="utf-8")
    assert NUMBER in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "src=" not in page.partition("<script>")[0]


def test_without_a_key_or_a_code_the_commands_say_so(run, tmp_path):
    assert run("revoke", NUMBER)[0] == 2
    run("new-key")
    code, said = run("revoke", "1")
    assert (code, "1 is no 発行番号" in said) == (2, True)
    code, said = run("revoke")
    assert (code, "--voided-at-counter" in said) == (2, True)
    code, said = run("revoke", "--voided-at-counter")
    assert (code, "KOFU_LEDGER_OWNER_DATABASE_URL" in said) == (2, True)
    assert run("check", scan(tmp_path / "plain.png", signed=False)) == (1, "0 codes of a certificate found\n")
    (tmp_path / "no.png").write_text("no picture")
    assert run("check", str(tmp_path / "no.png"))[0] == 2
