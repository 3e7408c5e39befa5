"""`kofu hold`: a hold is stored before anything else, and what could not be sent is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
from tests.operators import Operators, log_in
from tests.resets import reset
from typer.testing import CliRunner

from kofu.cli.registry.hold import app
from kofu.cli.registry.stand_in import app as registry_app
from kofu.contracts.issuing import Hold, HoldKind
from kofu.platform.tls import make_development_ca

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def people(system_database, tmp_path_factory) -> Operators:
    """Who is logged in, in a database nobody works on: each test has a copy."""
    return log_in(
        "registry", system_database("registry"), tmp_path_factory.mktemp("people"),
        one="registrar", two="registrar_approver", three="administrator",
    )  # fmt: skip


@pytest.fixture
def database(system_database, people, tmp_path, monkeypatch):
    made = system_database("registry", like=people.database)
    make_development_ca(tmp_path / "tls")
    monkeypatch.setenv("KOFU_VAR", str(tmp_path))
    monkeypatch.setenv("KOFU_PROFILE", str(Path(__file__).parents[3] / "profiles" / "mihon.toml"))
    monkeypatch.setenv("KOFU_REGISTRY_DATABASE_URL", made.app_url)
    monkeypatch.setenv("KOFU_REGISTRY_OWNER_DATABASE_URL", made.owner_url)
    monkeypatch.setenv("KOFU_ISSUING_URL", "https://127.0.0.1:1")
    people.be(monkeypatch, "one")
    residents = tmp_path / "residents.csv"
    residents.write_text("change,addressee_number,status\nupsert,0000000001,resident\n", encoding="utf-8")
    assert CliRunner().invoke(registry_app, ["people", str(residents)]).output == "1 people\n"
    return made


def stored(database) -> list[tuple]:
    with psycopg.connect(database.app_url) as connection:
        query = "SELECT hold_id, revision, attempts, last_failure FROM hold_outbox ORDER BY id"
        return connection.execute(query).fetchall()


def concerned(database) -> list[tuple]:
    """Give who did what to whom, as the record has it."""
    with psycopg.connect(database.owner_url) as owner:
        return owner.execute(
            "SELECT body::json->>'action', body::json->>'actor', body::json->>'subject' FROM audit_entry"
            " WHERE body::json->>'result' = 'concerned' ORDER BY recorded_at"
        ).fetchall()


def run(*arguments, **more):
    return CliRunner().invoke(app, list(arguments), **more)


@pytest.fixture
def be(monkeypatch, people):
    """Be another of those logged in from now on."""
    return lambda who: people.be(monkeypatch, who)


def test_a_hold_is_kept_where_issuing_cannot_be_reached(database, be) -> None:
    done = run("put", "--kind", "protection", "--addressee", "-", input="0000000001\n")
    assert done.exit_code == 1
    hold_id = done.output.splitlines()[0]
    assert "1 holds wait (unreachable)" in done.output
    assert stored(database) == [(hold_id, 1, 1, "unreachable")]
    assert run("propose-release", hold_id, "--reason", "支援措置の終了届").exit_code == 0
    be("two")
    released = run("release", hold_id)
    assert "2 holds wait" in released.output
    assert [row[:2] for row in stored(database)] == [(hold_id, 1), (hold_id, 2)]


def test_a_hold_is_on_record_with_who_put_it_and_whom_it_concerns(database, be) -> None:
    """P10: by pseudonym, the same for the same person; the number itself stands nowhere in the record."""
    hold_id = run("put", "--kind", "death", "--addressee", "0000000001").output.splitlines()[0]
    be("two")
    run("release", hold_id)
    found = concerned(database)
    with psycopg.connect(database.owner_url) as owner:
        (everything,) = owner.execute("SELECT string_agg(body, '') FROM audit_entry").fetchone()
    assert [row[:2] for row in found] == [("register_hold.put", "one"), ("register_hold.release", "two")]
    assert found[0][2] == found[1][2]
    assert len(found[0][2]) == 32
    assert "0000000001" not in everything


def test_a_hold_on_nobody_is_refused_and_not_stored(database) -> None:
    done = run("put", "--kind", "death")
    assert done.exit_code == 1
    assert "hold_subject" in done.output
    assert stored(database) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--kind", "protection", "--addressee", "0000000002"), "person_unknown"),
        (("--kind", "protection", "--addressee", "00000O0001"), "number_form"),
        (("--kind", "death", "--addressee", "1" * 16), "number_form"),
        (("--kind", "serial_revoked", "--serial", "ab12"), "serial_unknown"),
    ],
    ids=["nobody has it", "an O for a 0", "too long", "no such certificate"],
)
def test_a_hold_on_what_nobody_has_is_refused_at_entry_and_never_quoted(database, arguments, code) -> None:
    """A typo protects nobody: it is found where the number can be looked up again, and stops nobody's start (P7)."""
    done = run("put", *arguments)
    assert done.exit_code == 1
    assert f"[{code}]" in done.output
    assert arguments[-1] not in done.output
    assert stored(database) == []


def test_before_anybody_is_loaded_the_command_says_what_to_do(database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DELETE FROM registered_person")
    assert "kofu registry people" in run("put", "--kind", "death", "--addressee", "0000000001").output


def test_a_refused_hold_is_listed_and_discarded_by_two_people(database, be) -> None:
    hold_id = run("put", "--kind", "protection", "--addressee", "0000000001").output.splitlines()[0]
    assert run("discard", hold_id, "--reason", "x").exit_code == 1, "it was not answered yet: it only waits"
    with psycopg.connect(database.app_url) as connection:
        connection.execute("UPDATE hold_outbox SET last_failure = 'http_400'")
    assert hold_id in run("list").output
    assert run("discard", hold_id, "--reason", "他市の番号").exit_code == 0
    assert "second_person_needed" in run("discard", hold_id, "--approve").output
    assert "one: 他市の番号" in run("list").output
    be("two")
    assert run("discard", hold_id, "--approve").output == "discarded\n"
    assert run("list").output == "0 refused\n"
    assert [row[:2] for row in concerned(database)] == [
        ("register_hold.put", "one"), ("register_hold.view", "one"), ("register_hold.discard", "one"),
        ("register_hold.view", "one"), ("register_hold.discard", "two"),
    ]  # fmt: skip
    assert len({row[2] for row in concerned(database)}) == 1
    assert run("send").output == "0 delivered, 0 waiting\n"


def test_a_hold_is_ended_by_the_head_of_the_registry_and_not_by_who_puts_it(database) -> None:
    """抑止の登録は住民記録係、解除は住民記録係長 (the roles' table): nobody alone ends a 支援措置."""
    hold_id = run("put", "--kind", "protection", "--addressee", "0000000001").output.splitlines()[0]
    refused = run("release", hold_id)
    assert refused.exit_code != 0
    assert "not_allowed" in refused.output
    assert [row[:2] for row in stored(database)] == [(hold_id, 1)]


def test_a_protection_hold_ends_by_two_people_whoever_put_it(database, be) -> None:
    """支援措置: who is protected is in danger where a hold ends too early. 係長 alone puts one, and ends none alone."""
    be("two")
    hold_id = run("put", "--kind", "protection", "--addressee", "0000000001").output.splitlines()[0]
    assert "release_not_proposed" in run("release", hold_id).output
    assert "reason_long" in run("propose-release", hold_id, "--reason", "終" * 201).output
    assert run("propose-release", hold_id, "--reason", "終了届").exit_code == 0
    assert "release_proposed" in run("propose-release", hold_id, "--reason", "終了届").output
    assert "second_person_needed" in run("release", hold_id).output
    with psycopg.connect(database.owner_url) as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE hold_release SET state = 'released', decided_by = 'two'")
    assert f"{hold_id}  release proposed by two" in run("list").output
    assert run("release", hold_id, "--keep").output == "kept\n"  # taken back
    be("one")
    assert run("propose-release", hold_id, "--reason", "終了届").exit_code == 0
    be("two")
    with psycopg.connect(database.owner_url) as owner:
        reset(owner, "one", datetime.now(UTC), known_at=datetime.now(UTC))
    assert "proposal_lapsed" in run("release", hold_id).output
    assert [row[:2] for row in stored(database)] == [(hold_id, 1)]
    assert run("release", hold_id, "--keep").exit_code == 0
    be("one")
    assert run("propose-release", hold_id, "--reason", "終了届").exit_code == 0
    be("two")
    assert "2 holds wait" in run("release", hold_id).output
    assert [row[:2] for row in stored(database)] == [(hold_id, 1), (hold_id, 2)]


def test_a_file_ends_no_hold_for_who_may_not_and_names_everybody_it_concerns(database, be, tmp_path) -> None:
    """An administrator sends what waits. A file with a release would be another way to end a hold, unrecorded."""
    hold_id = run("put", "--kind", "death", "--addressee", "0000000001").output.splitlines()[0]
    with psycopg.connect(database.app_url) as connection:
        (body,) = connection.execute("SELECT body FROM hold_outbox").fetchone()
    ended = msgspec.structs.replace(msgspec.json.decode(bytes(body), type=Hold), revision=2, released=True)
    file = tmp_path / "holds.jsonl"
    file.write_bytes(msgspec.json.encode(ended) + b"\n")
    for who in ("one", "three"):
        be(who)
        assert "not_allowed" in run("send", "--file", str(file)).output
    assert [row[:2] for row in stored(database)] == [(hold_id, 1)]
    assert "1 waiting" in run("send").output
    be("two")
    guarded = msgspec.structs.replace(ended, kind=HoldKind.PROTECTION)
    by_file = tmp_path / "guarded.jsonl"
    by_file.write_bytes(msgspec.json.encode(guarded) + b"\n")
    assert "release_by_two" in run("send", "--file", str(by_file)).output
    assert "1 new" in run("send", "--file", str(file)).output
    assert [row[:2] for row in concerned(database)] == [("register_hold.put", "one"), ("register_hold.release", "two")]
    assert len({row[2] for row in concerned(database)}) == 1


def test_serials_are_loaded_by_the_owner(database, tmp_path) -> None:
    path = tmp_path / "serials.csv"
    path.write_text("serial,valid_from,valid_to,status\nab,2024-01-01,2029-01-01,valid\n", encoding="utf-8")
    assert CliRunner().invoke(registry_app, ["load", str(path)]).output == "1 serials\n"
