"""本人への開示: one person, every system, each under its own right and on its own record, one paper."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pypdfium2
import pytest
from tests.ledger.small_ledger import by
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli import build
from kofu.ledger.addressees.domain.addressees import MergeEvent
from kofu.ledger.addressees.merge_people import decide_merge, propose_merge
from kofu.platform.audit import AuditEntry, append
from kofu.platform.made_once import secret_file
from kofu.platform.postgres import SystemDatabase
from kofu.platform.pseudonym import Pseudonyms

pytestmark = [pytest.mark.storage, pytest.mark.font]
ROOT = Path(__file__).parents[3]
NUMBER, SERIAL, WARD = "0000000001", "ab12", "139998"
OTHER, CODE = "0000000009", "12345678901"
TAKEN = (
    "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
    " postal_code, address, status, protected)"
    " VALUES (%s, %s, '架空　照子', '', '', '', '1980-04-01', '', '開示町1番', 'moved_out', false)"
)


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
        # somebody's card does not make somebody of a number that is nobody's
        owner.execute(
            "INSERT INTO card_serial (serial, valid_from, valid_to, status)"
            " VALUES (%s, '2026-01-01', '2030-01-01', 'valid')",
            [SERIAL],
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
    assert text.count("本人の求めに、誰が見たかを答える（開示）") == 6, "all three by the serial, in both systems"
    assert "kansa" not in text, "by office and role: the profile names nobody"
    for one in logged_in:
        with psycopg.connect(one.database.owner_url) as owner:
            (entries,) = owner.execute(
                "SELECT count(*) FROM audit_entry WHERE body::json->>'action' = 'audit.person'"
                " AND coalesce(body::json->>'subject', body::json->>'subjects') IS NOT NULL"
            ).fetchone()
        assert entries == 3, "nobody was asked for, too"


def test_a_person_with_two_numbers_and_a_card_is_answered_for_all_of_them(system_database, tmp_path):
    """宛名の統合: looks at the number that was merged are looks at the person; the paper left them out.

    So it did what the registry answers by the serial of a card (有効性の確認) and by 住民票コード (照会): its record
    names people by each, and the paper says which was not given.
    """
    systems = {name: system_database(name) for name in ("registry", "ledger")}
    logged_in = [log_in(name, systems[name], tmp_path, kansa="auditor") for name in systems]
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT / "src"), "KOFU_VAR": str(logged_in[0].var), "PYTHONWARNINGS": "ignore",
        "KOFU_PROFILE": str(ROOT / "profiles" / "mihon.toml"), "XDG_RUNTIME_DIR": str(logged_in[0].folder / "kansa"),
    }  # fmt: skip
    for one in logged_in:
        environment |= one.urls
    merge_into(systems["ledger"], OTHER, NUMBER)
    for system, scope, word, action in (
        ("ledger", WARD, OTHER, "person.view"), ("registry", WARD, OTHER, "person.standing_holds"),
        ("registry", "serial", SERIAL, "card.validity"), ("registry", "resident_code", CODE, "person.look_up"),
    ):  # fmt: skip
        key = secret_file(logged_in[0].var / "keys" / f"{system}-pseudonyms.key")
        looked_at(systems[system], Pseudonyms(key), scope, word, action)

    def paper(typed: str) -> str:
        out = tmp_path / "answer.pdf"
        done = subprocess.run(
            [sys.executable, "-m", "kofu", "audit", "everywhere", f"--out={out}"],
            input=typed, capture_output=True, text=True, check=False, env=environment, cwd=ROOT,
        )  # fmt: skip
        assert "did not answer: issuing, center" in done.stderr, done.stderr
        pages = (page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(out))
        return "".join("".join(pages).split())

    text = paper(f"{NUMBER}\n")
    assert f"統合されている番号{OTHER}を含む" in text
    assert "個人の収納状況を見る" in text, "the look at the number that was merged"
    assert "抑止の有無の回答" in text, "and in the registry, which knows nothing of merges"
    assert "カードの有効性の回答" not in text
    assert "カードの証明書のシリアル番号・住民票コードで呼ばれた記録は" in text, "what is left out is told"
    text = paper(f"{NUMBER}\n{SERIAL}\nresident_code {CODE}\n")
    assert "カードの有効性の回答" in text
    assert "区外在住者の照会への回答" in text
    assert "呼ばれた記録は" not in text
    assert "人が載る一覧" not in text, "one person with two numbers is no list of two"


def merge_into(database: SystemDatabase, merged: str, standing: str) -> None:
    """Merge a 宛名番号 into another, as two people decided."""
    with psycopg.connect(database.app_url, autocommit=True) as ledger:
        for number in (merged, standing):
            ledger.execute(TAKEN, [WARD, number])
        merge = propose_merge(ledger, WARD, merged, standing, reason="同一人", confirmed=True, acting=by("clerk"))
        decide_merge(ledger, WARD, merge, MergeEvent.APPROVED, reason="", confirmed=True, acting=by("chief"))


def looked_at(database: SystemDatabase, names: Pseudonyms, scope: str, word: str, action: str) -> None:
    """Put on record that somebody was looked at."""
    entry = AuditEntry(action=action, actor="mita", result="shown", occurred_at=datetime.now(UTC), detail={})
    with psycopg.connect(database.app_url) as connection:
        append(connection, "looks", entry.naming(names.of_all([(scope, word)])))


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        ((), "", "line 1 holds no number"),
        ((), "中央 一郎\n", "line 1 holds no number"),
        ((), "１\n", "line 1 holds no number"),
        ((), f"{NUMBER}\nAB 12\n", "line 2 holds no serial"),
        ((), f"{NUMBER}\nab12\nresident_code 12\n", "line 3 holds no resident_code"),
        (("--days=99999999",), f"{NUMBER}\n", "--days"),
    ],
    ids=[
        "nothing",
        "a name",
        "full width",
        "a serial as a screen shows it",
        "no 住民票コード",
        "more days than there were",
    ],
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
