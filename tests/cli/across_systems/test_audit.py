"""`kofu audit`: exit codes and words, as somebody at a terminal sees them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.operators import log_in
from tests.platform.anchored_log import client_of, open_log
from typer.testing import CliRunner

from kofu.cli import build
from kofu.platform import anchoring, audit_witness
from kofu.platform.answer_record import KnownBy, record_of_answers
from kofu.platform.audit import AuditEntry, append
from kofu.platform.audit_note import NoteKey

pytestmark = pytest.mark.storage


@pytest.fixture
def here(system_database, postgres, tmp_path, monkeypatch):
    """A log of four entries, reached by the settings of an operator."""
    database = system_database("ledger")
    here = open_log(database, postgres, tmp_path)
    log_in("ledger", database, tmp_path, kanri="administrator").be(monkeypatch, "kanri")
    here.write(0, 4)
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", here.app_url)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_ANCHOR_ORIGIN", "ward.example")
    yield here
    here.connection.close()


def kofu(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(build(), ["audit", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_without_an_anchor_the_log_is_not_sound_and_with_one_it_is(here):
    code, told = kofu("verify", "ledger")
    assert (code, "there is no anchor" in told) == (1, True)
    code, told = kofu("anchor", "ledger")
    assert (code, told.strip().endswith(".checkpoint")) == (0, True)
    code, told = kofu("verify", "ledger")
    assert (code, bool(re.fullmatch(r"ledger: \d+ entries in \d+ lanes, 1 anchors\nsound\n", told))) == (0, True)


def test_an_entry_is_proven_and_checked_offline(here, tmp_path):
    first = int(Path(kofu("anchor", "ledger")[1].strip()).stem)
    kofu("anchor", "ledger")
    code, told = kofu("prove", "ledger", "kofu_ledger/odd", "2", "--since", str(first))
    assert (code, told.splitlines()[0]) == (0, "c2sp.org/tlog-proof@v1")
    proof, _, growth = told.rpartition("\nconsistency ")
    assert growth.startswith(f"{first} ")
    (tmp_path / "proof").write_text(proof)
    _, key = kofu("key", "ledger")
    code, told = kofu("check", str(tmp_path / "proof"), "--log-key", key.strip())
    assert (code, '"number":3' in told) == (0, True)
    (tmp_path / "proof").write_text(re.sub(r"^index \d+", "index 0", proof, flags=re.MULTILINE))
    code, told = kofu("check", str(tmp_path / "proof"), "--log-key", key.strip())
    assert (code, "proves nothing" in told) == (1, True)
    assert kofu("prove", "ledger", "kofu_ledger/odd", "9")[0] == 2


def test_where_a_witness_is_asked_for_it_must_have_seen_the_log(here, tmp_path, monkeypatch):
    (tmp_path / "witness.pub").write_text(here.asked.key.text())
    monkeypatch.setenv("KOFU_WITNESS", str(tmp_path / "witness.pub"))
    kofu("anchor", "ledger")
    code, told = kofu("verify", "ledger")
    assert (code, "co-signed by the witness" in told) == (1, True)
    _, key = kofu("key", "ledger")
    knows = audit_witness.Witness(
        here.witness.name, here.witness.key, (NoteKey.read(key),), tmp_path / "seen", here.witness.clock
    )
    monkeypatch.setenv("KOFU_WITNESS_URL", "http://witness")
    clients = [client_of(knows), client_of(knows)]
    monkeypatch.setattr(anchoring.httpx, "Client", lambda **_: clients.pop())
    code, told = kofu("anchor", "ledger")
    assert (code, told.strip().endswith("co-signed")) == (0, True)
    assert kofu("verify", "ledger")[0] == 0


def test_a_witness_that_does_not_answer_is_told_and_the_anchor_stands(here, tmp_path, monkeypatch, unused_port_factory):
    (tmp_path / "witness.pub").write_text(here.asked.key.text())
    monkeypatch.setenv("KOFU_WITNESS", str(tmp_path / "witness.pub"))
    monkeypatch.setenv("KOFU_WITNESS_URL", f"http://127.0.0.1:{unused_port_factory()}")
    code, told = kofu("anchor", "ledger")
    assert (code, "the anchor is written; the witness does not answer" in told) == (2, True)
    code, told = kofu("verify", "ledger")
    assert (code, "does not answer" in told) == (2, True)


def test_who_looked_at_a_person_is_printed_in_a_system_without_screens(system_database, tmp_path, monkeypatch):
    """The registry's answers about a person, for the auditor; the person is read from standard input and recorded."""
    database = system_database("registry")
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_REGISTRY_DATABASE_URL", database.app_url)
    log_in("registry", database, tmp_path, kansa="auditor").be(monkeypatch, "kansa")
    record = record_of_answers("registry")
    entry = AuditEntry(
        action="person.look_up", actor="ledger", result="told", occurred_at=datetime.now(UTC),
        subject_pseudonym=record.names.of(KnownBy.RESIDENT_CODE, "90000000001"),
    )  # fmt: skip
    with psycopg.connect(database.app_url) as connection:
        append(connection, "answers", entry)
    words = ["audit", "person", "registry", "--known-by", "resident_code"]
    told = CliRunner().invoke(build(), words, input="90000000001\n")
    assert told.exit_code == 0, told.output
    assert "ledger  person.look_up  told" in told.output
    assert "kansa  audit.person  concerned" in told.output, "this look is on record before anything is shown"
    assert "\n0 entries" not in told.output
    assert CliRunner().invoke(build(), words, input="90000000002\n").output.count("person.look_up") == 0


def test_a_key_that_is_not_where_it_is_named_is_told_and_none_is_made(here, tmp_path):
    """A mistyped path got a new key, and every anchor was accused of not being signed by it."""
    kofu("anchor", "ledger")
    wrong = tmp_path / "anchro.key"
    for words in (("verify", "ledger"), ("anchor", "ledger"), ("key", "ledger")):
        code, told = kofu(*words, f"--key={wrong}")
        assert (code, "no_anchor_key" in told) == (2, True), words
    assert not wrong.exists()
    own = anchoring.key_file()
    own.rename(tmp_path / "elsewhere.key")
    code, told = kofu("verify", "ledger")
    assert (code, "name the key that signed the anchors" in told, own.exists()) == (2, True, False)
    assert kofu("verify", "ledger", f"--key={tmp_path / 'elsewhere.key'}")[0] == 0
