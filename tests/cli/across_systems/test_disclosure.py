"""本人への開示: one person, every system, each under its own right and on its own record, one paper."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pypdfium2
import pytest
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli import build

pytestmark = [pytest.mark.storage, pytest.mark.font]
ROOT = Path(__file__).parents[3]
NUMBER, SERIAL, WARD = "0000000001", "ab12", "139998"


def test_what_every_system_has_about_one_person_is_one_paper(system_database, tmp_path):
    """A system where nobody is logged in stands on the paper as not answering, and the command says so."""
    systems = {name: system_database(name) for name in ("registry", "center", "ledger")}
    logged_in = [log_in(name, systems[name], tmp_path, kansa="auditor") for name in ("registry", "center")]
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT / "src"), "KOFU_VAR": str(logged_in[0].var), "PYTHONWARNINGS": "ignore",
        "KOFU_PROFILE": str(ROOT / "profiles" / "mihon.toml"), "XDG_RUNTIME_DIR": str(logged_in[0].folder / "kansa"),
        "KOFU_LEDGER_DATABASE_URL": systems["ledger"].app_url,
    }  # fmt: skip
    for one in logged_in:
        environment |= one.urls
    out = tmp_path / "answer.pdf"
    with psycopg.connect(systems["registry"].owner_url) as owner:
        owner.execute(
            "INSERT INTO registered_person (municipality_code, addressee_number) VALUES (%s, %s)", [WARD, NUMBER]
        )

    def asked(number: str = NUMBER) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "kofu", "audit", "everywhere", f"--out={out}", "--reference=開7-1"],
            input=f"{number}\n{SERIAL}\n", capture_output=True, text=True, check=False, env=environment, cwd=ROOT,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    status, said = asked("0000000009")
    assert status == 1
    assert "nobody has this number in registry, and no record names them: check the number" in said
    assert not out.exists(), "nobody's paper is not written"
    asked()
    status, said = asked()
    assert status == 1
    assert "did not answer: issuing, ledger" in said
    pages = (page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(out))
    text = "".join("".join(pages).split())
    assert out.stat().st_mode & 0o777 == 0o600
    assert "開示請求開7-1" in text
    assert text.count("このシステムからの回答は、まだ得られていません。") == 2
    assert text.count("本人の求めに、誰が見たかを答える（開示）") == 5, (
        "two of them in the registry, all three by the serial in the centre"
    )
    assert "kansa" not in text, "by office and role: the profile names nobody"
    for one in logged_in:
        with psycopg.connect(one.database.owner_url) as owner:
            (entries,) = owner.execute(
                "SELECT count(*) FROM audit_entry WHERE body::json->>'action' = 'audit.person'"
                " AND body::json->>'subject' IS NOT NULL"
            ).fetchone()
        assert entries == 3, "nobody was asked for, too"


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        ((), "", "line 1 holds no number"),
        ((), "中央 一郎\n", "line 1 holds no number"),
        ((), "１\n", "line 1 holds no number"),
        ((), f"{NUMBER}\nAB 12\n", "line 2 holds no serial"),
        (("--days=99999999",), f"{NUMBER}\n", "--days"),
    ],
    ids=["nothing", "a name", "full width", "a serial as a screen shows it", "more days than there were"],
)
def test_what_can_be_nobodys_number_makes_no_paper_that_says_nobody_looked(tmp_path, monkeypatch, words, typed, said):
    """Asked about a typo every system answers that nobody looked, and a resident would be told so."""
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_PROFILE", str(ROOT / "profiles" / "mihon.toml"))
    out = tmp_path / "answer.pdf"
    done = CliRunner().invoke(build(), ["audit", "everywhere", f"--out={out}", *words], input=typed)
    assert done.exit_code in {1, 2}
    assert said in done.output
    assert not any(word in done.output for word in ("中央", "１", "AB 12"))
    assert not out.exists()
