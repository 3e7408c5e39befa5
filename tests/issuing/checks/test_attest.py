"""Attestation: a process that is not what was registered refuses to serve and says in which word (P8)."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import psycopg
import pytest
from tests.issuing.world import ROOT, World

import kofu
from kofu.core.errors import OperatorFault
from kofu.issuing.checks.attest import attest, differences, register, state
from kofu.platform.fonts import ensure_font, read_font

pytestmark = [pytest.mark.storage, pytest.mark.font]
PROFILE = ROOT / "profiles" / "mihon.toml"


@pytest.fixture
def world(system_database, tmp_path):
    return World(system_database("issuing"), tmp_path)


@pytest.fixture
def owner(world):
    with world.as_owner() as connection:
        yield connection


@pytest.fixture
def connection(world):
    with world.connect() as connection:
        yield connection


def stated(connection, **how):
    return state(
        connection, **{"font": read_font(ensure_font()), "drawn": None, "profile": PROFILE, "topology": "single"} | how
    )


def test_what_is_registered_may_serve(owner, connection, world):
    register(owner, world.acting(), stated(owner), by="sato", demonstration=True)
    attest(connection, world.acting(), stated(connection))
    results = connection.execute(
        "SELECT body::jsonb ->> 'result' FROM audit_entry WHERE body LIKE '%process.attest%'"
    ).fetchall()
    assert results == [("attested",)]


def test_nothing_serves_before_somebody_registered_it(connection, world):
    with pytest.raises(OperatorFault, match="kofu attest register"):
        attest(connection, world.acting(), stated(connection))


def test_an_older_module_is_named(owner, connection, world, tmp_path):
    """munakata_patch_missing (宗像市): one corrected module is replaced by its older build."""
    program = Path(kofu.__file__).parent
    older = tmp_path / "kofu"
    shutil.copytree(program, older, ignore=shutil.ignore_patterns("__pycache__"))
    register(owner, world.acting(), stated(owner, program_root=older), by="sato", demonstration=True)
    attest(connection, world.acting(), stated(connection, program_root=older))
    module = older / "issuing" / "requests" / "release.py"
    module.write_text(module.read_text(encoding="utf-8").replace("is_late(", "not_late("), encoding="utf-8")
    with pytest.raises(OperatorFault, match=r"program: registered [0-9a-f]+…, found [0-9a-f]+…"):
        attest(connection, world.acting(), stated(connection, program_root=older))


def test_a_program_for_another_topology_is_named(owner, connection, world):
    """高松市: a program set up for one server on several."""
    register(owner, world.acting(), stated(owner, topology="two-machines"), by="sato", demonstration=True)
    with pytest.raises(OperatorFault, match="topology: registered two-machines, found single"):
        attest(connection, world.acting(), stated(connection))


def test_another_profile_is_named(owner, connection, world, tmp_path):
    register(owner, world.acting(), stated(owner), by="sato", demonstration=True)
    changed = tmp_path / "profile.toml"
    changed.write_bytes(PROFILE.read_bytes() + b"\n")
    found = differences(stated(connection, profile=changed), stated(connection))
    assert [difference.what for difference in found] == ["profile"]


def test_a_schema_the_program_does_not_know_is_not_registered(owner, world):
    behind = dataclasses.replace(stated(owner), schema="0001_facts_generations_holds")
    with pytest.raises(OperatorFault, match="run them first"):
        register(owner, world.acting(), behind, by="sato", demonstration=True)


def test_the_running_system_cannot_register_itself(connection, world):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        register(connection, world.acting(), stated(connection), by="attacker", demonstration=True)
