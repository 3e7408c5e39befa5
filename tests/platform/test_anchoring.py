"""Anchors are made by themselves: when one is due, by one process, and seen by the witness when it answers again."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.platform.anchored_log import open_log

from kofu.core.errors import OperatorFault
from kofu.platform import anchoring, restored
from kofu.platform.audit_anchor import WitnessRefusedError, checkpoints_in
from kofu.platform.audit_note import WITNESS_KEY, NoteKey, read_note

pytestmark = pytest.mark.storage
SOON, LATER = timedelta(0), timedelta(hours=1)
PROFILES = Path(__file__).parents[2] / "profiles"


@pytest.fixture
def here(system_database, postgres, tmp_path):
    here = open_log(system_database("ledger"), postgres, tmp_path)
    here.write(0, 3)
    yield here
    here.connection.close()


def one_round(here, every: timedelta, by=None) -> anchoring.Round:
    with psycopg.connect(here.app_url, autocommit=True) as connection:
        return anchoring.anchor_when_due(connection, here.place, by, every)


def test_one_is_made_when_due_and_none_before(here):
    assert one_round(here, LATER).path is not None
    assert one_round(here, LATER).path is None
    assert one_round(here, SOON).path is not None
    assert len(checkpoints_in(here.place.folder)) == 2


def test_while_another_process_is_at_it_none_is_made(here):
    with psycopg.connect(here.app_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('audit anchor round', 0))")
        assert one_round(here, SOON).path is None
    assert one_round(here, SOON).path is not None  # it ended, however


def test_a_checkpoint_that_was_not_written_is_made_up_for(here):
    with psycopg.connect(here.app_url) as connection:
        connection.execute("SELECT audit_anchor()")
    one_round(here, LATER)
    assert here.verify(witness=False).sound


def test_a_witness_that_did_not_answer_is_asked_again(here, monkeypatch):
    """The anchor stands meanwhile; `kofu audit verify` says that nobody saw it."""
    clients = [
        httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(503))),
        here.client,
    ]
    monkeypatch.setattr(anchoring.httpx, "Client", lambda **_: clients.pop(0))
    with pytest.raises(WitnessRefusedError):
        one_round(here, LATER, here.asked)
    assert not here.verify().sound
    assert one_round(here, LATER, here.asked).witnessed
    assert here.verify().sound
    assert len(checkpoints_in(here.place.folder)) == 1
    assert one_round(here, LATER, here.asked) == anchoring.Round(None)


def test_by_its_settings_a_process_makes_none_where_another_machine_does(here, tmp_path, monkeypatch):
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", here.app_url)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_ANCHOR_MINUTES", "0")
    assert anchoring.anchor_round("ledger").path is None
    monkeypatch.setenv("KOFU_ANCHOR_MINUTES", "60")
    path = anchoring.anchor_round("ledger").path
    assert path == tmp_path / "var" / "anchors" / "ledger" / "000000000000004.checkpoint"
    assert read_note(path.read_bytes()).text.startswith("kofu.local/ledger\n4\n")
    monkeypatch.setenv("KOFU_ANCHOR_MINUTES", "often")
    with pytest.raises(OperatorFault, match="whole number"):
        anchoring.anchor_round("ledger")


@pytest.mark.parametrize("minutes", ["0", "60"])
def test_a_round_opens_one_connection_for_all_it_does(here, tmp_path, monkeypatch, minutes):
    opened, connect = [], psycopg.connect
    monkeypatch.setattr(
        anchoring.psycopg, "connect", lambda *given, **more: opened.append(given) or connect(*given, **more)
    )
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", here.app_url)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_ANCHOR_MINUTES", minutes)
    assert (anchoring.anchor_round("ledger").path is None) is (minutes == "0")
    assert len(opened) == 1
    assert restored.witnesses_of("ledger").read().heads, "what the database has is noted outside it, anchor or none"


def test_the_witness_the_profile_asks_for_cannot_be_left_out(here, tmp_path, monkeypatch):
    """issue 12 §2: `kofu audit verify` fails where the profile asks for a witness and none co-signed."""
    asked = here.asked.key.text()
    shutil.copytree(PROFILES, tmp_path / "profiles")
    profile = tmp_path / "profiles" / "mihon.toml"
    words = profile.read_text("utf-8").replace("[machines]", f'[audit]\nwitness = "{asked}"\n\n[machines]')
    profile.write_text(words, "utf-8")
    monkeypatch.setenv("KOFU_PROFILE", str(profile))
    monkeypatch.delenv("KOFU_WITNESS", raising=False)
    assert anchoring.witness_asked() == here.asked.key
    here.anchor(witnessed=False)
    assert any("witness" in flaw.what for flaw in here.verify(witness=True).flaws)
    other = tmp_path / "other.vkey"
    other.write_text(NoteKey.of("another.example", WITNESS_KEY, here.place.key.public_key()).text(), "utf-8")
    monkeypatch.setenv("KOFU_WITNESS", str(other))
    with pytest.raises(OperatorFault, match="another witness than the profile"):
        anchoring.witness_asked()
