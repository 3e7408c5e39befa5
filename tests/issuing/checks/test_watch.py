"""A process looks again while it serves: another deployment, settings that lose entries, a database put back (P8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.issuing.world import ROOT, World

from kofu.core.errors import OperatorFault
from kofu.issuing.checks.attest import DURABLE, attest, durability_of, register, state
from kofu.issuing.checks.fence import Fence, Mark
from kofu.issuing.checks.watch import Watch
from kofu.platform.fonts import ensure_font, read_font
from kofu.platform.restored import Witnesses

pytestmark = [pytest.mark.storage, pytest.mark.font]


def fence_at(folder: Path, name: str) -> Fence:
    return Fence(folder / f"{name}.json", Witnesses(folder / f"{name}-heads.json", folder / "anchors"))


PROFILE = ROOT / "profiles" / "mihon.toml"


@pytest.fixture
def world(system_database, tmp_path):
    return World(system_database("issuing"), tmp_path)


def stated(connection, topology="single"):
    return state(connection, font=read_font(ensure_font()), drawn=None, profile=PROFILE, topology=topology)


@pytest.fixture
def watch(world, tmp_path):
    """The watch of a process that was attested and serves; the tests look when they want to."""
    with world.as_owner() as owner:
        register(owner, world.acting(), stated(owner), by="sato", demonstration=True)
    with world.connect() as connection:
        statement = stated(connection)
        attest(connection, world.acting(), statement)
    fence = fence_at(tmp_path, "fence")
    watch = Watch(partial(psycopg.connect, world.database.app_url, autocommit=True), statement, fence)
    watch.look_once()
    assert watch.fault is None
    return watch


def test_a_process_stops_when_another_deployment_is_registered(watch, world):
    """宗像 2023: what runs is not what is meant; before, a worker went on until somebody restarted it (C7)."""
    with world.as_owner() as owner:
        register(owner, world.acting(), stated(owner, topology="two-machines"), by="sato", demonstration=True)
    watch.look_once()
    assert isinstance(watch.fault, OperatorFault)
    assert "topology" in watch.fault.message
    with world.as_owner() as owner:
        register(owner, world.acting(), stated(owner), by="sato", demonstration=True)
    watch.look_once()
    assert watch.fault is None


def test_while_processes_are_replaced_one_that_serves_goes_on_and_none_of_the_old_build_starts(watch, world):
    """A rolling upgrade: the build before serves until its processes were replaced, for as long as was said."""
    with world.as_owner() as owner:
        old, new = stated(owner), replace(stated(owner), program="0" * 64)

        def registered(statement, upgrade) -> None:
            register(owner, world.acting(), statement, by="sato", demonstration=True, upgrade=upgrade)

        registered(new, timedelta(microseconds=1))
        watch.look_once()
        assert watch.fault is not None, "the time is over"
        assert "program" in watch.fault.message
        registered(old, timedelta())
        registered(new, timedelta(minutes=15))
    watch.look_once()
    assert watch.fault is None
    with world.connect() as connection:
        with pytest.raises(OperatorFault, match="program"):
            attest(connection, world.acting(), old)
        attest(connection, world.acting(), new)


def test_an_upgrade_takes_no_longer_than_an_hour_and_keeps_no_build_but_the_one_before(watch, world):
    with world.as_owner() as owner:
        for build in ("0" * 64, "1" * 64):
            register(
                owner,
                world.acting(),
                replace(stated(owner), program=build),
                by="sato",
                demonstration=True,
                upgrade=timedelta(minutes=15),
            )
        with pytest.raises(OperatorFault, match="within 1:00:00"):
            register(owner, world.acting(), stated(owner), by="sato", demonstration=True, upgrade=timedelta(hours=2))
    watch.look_once()
    assert watch.fault is not None


def test_a_role_that_gives_up_durability_stops_the_process_and_the_next_start(watch, world, postgres):
    """Faults C1: `ALTER ROLE … SET synchronous_commit = off`, a crash, and four papers had no journal entry."""
    parts = conninfo_to_dict(world.database.app_url)
    settings = ("synchronous_commit", "remote_write")  # not what the tests' server has, and not durable either
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"ALTER ROLE {parts['user']} IN DATABASE {parts['dbname']} SET {settings[0]} = {settings[1]}")
    watch.look_once()
    assert watch.fault is not None
    assert "durability" in watch.fault.message
    with world.connect() as connection, pytest.raises(OperatorFault, match="durability"):
        attest(connection, world.acting(), stated(connection))


def test_what_is_not_durable_is_registered_for_papers_that_say_mihon_alone(world):
    with world.as_owner() as owner:
        statement = stated(owner)
        assert "synchronous_commit=off" in statement.durability  # the tests' server does not wait for its disk
        with pytest.raises(OperatorFault, match=r"would lose confirmed entries.*synchronous_commit=off"):
            register(owner, world.acting(), statement, by="sato", demonstration=False)


@pytest.mark.parametrize("value", ["on", "remote_apply"])
def test_a_commit_that_waits_for_the_disk_is_durable(world, value):
    with world.connect() as connection:
        connection.execute("SELECT set_config('synchronous_commit', %s, false)", [value])
        assert "synchronous_commit" not in durability_of(connection)
    assert DURABLE == "durable"


def test_a_database_put_back_under_a_running_process_stops_it(watch, world, tmp_path):
    fence_at(tmp_path, "fence").write(Mark(number=9_999))
    watch.look_once()
    assert watch.fault is not None
    assert watch.fault.code == "database_went_back"


def test_a_database_that_is_away_changes_nothing(watch):
    watch._connect = partial(psycopg.connect, "host=127.0.0.1 port=1 connect_timeout=1", autocommit=True)
    watch.look_once()
    assert watch.fault is None
