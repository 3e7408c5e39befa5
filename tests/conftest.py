"""Ground for every test: the real PostgreSQL, with a fresh database per module and system."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.staff_screens import LedgerScreens, close_screens, open_screens

from kofu.platform.memory_folder import memory_folder
from kofu.platform.migrate import migrate
from kofu.platform.postgres import SystemDatabase, ensure_system_database, start_embedded

# How fast examples are drawn is no property of what is tested: a machine that does something else must not fail a test.
# The same examples every time: what a change broke is told from what chance found. `make check-slow` draws new ones.
settings.register_profile("kofu", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("explore", settings.get_profile("kofu"), derandomize=False)
settings.load_profile(os.environ.get("KOFU_EXAMPLES", "kofu"))

#: Tests log the same person in again beside a page that is open still; the rule itself is tried in test_contractors.
os.environ.setdefault("KOFU_STAFF_SESSIONS", "many")

#: A command tried in this process closes its mask to other accounts (`closed_mask`): the next test starts anew.
MASK = os.umask(0o022)
os.umask(MASK)
#: What pytest itself changes while a test runs.
PYTESTS_OWN = {"PYTEST_CURRENT_TEST"}

ROLE_SECRET = b"tests only"
DatabaseFactory = Callable[..., SystemDatabase]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Where whole files are shared out (`--dist loadfile`), keep those of the browser in one process."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.sharing_out import FilesAndTheBrowser

    return FilesAndTheBrowser(config, log)


@pytest.fixture(autouse=True)
def _process_as_it_was() -> Iterator[None]:
    """Give each test the process the last one found: its mask of files, its environment, the folder it works in.

    A command that is tried here sets them for the process it thinks its own (`kofu.cli.shared.accounts.set_up`). What a
    fixture of the module sets stands before a test begins, and stays.
    """
    folder, environment = Path.cwd(), dict(os.environ)
    yield
    os.umask(MASK)
    os.chdir(folder)
    for name in os.environ.keys() | environment.keys():
        if name in PYTESTS_OWN or os.environ.get(name) == environment.get(name):
            continue
        if name in environment:
            os.environ[name] = environment[name]
        else:
            del os.environ[name]


@pytest.fixture(scope="session")
def unused_port_factory() -> Callable[[], int]:
    """Give free ports on loopback, one at a time."""

    def free_port() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return free_port


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of an administrator's connection: the embedded server, or the one KOFU_TEST_DATABASE_URL names."""
    named = os.environ.get("KOFU_TEST_DATABASE_URL")
    if named:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="kofu-test-", dir=memory_folder()))  # on a disk: half as long again
    folder.chmod(0o755)
    server = start_embedded(folder / "postgres", durable=False)
    try:
        yield server.admin_url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _templates(postgres: str) -> Iterator[Callable[[str], str]]:
    """Migrate each system once; every fresh database is a copy of that."""
    made: dict[str, str] = {}

    ready = dict(pair.split("=") for pair in os.environ.get("KOFU_TEST_TEMPLATES", "").split(",") if pair)

    def template_of(system: str) -> str:
        if system in ready:  # migrated by whoever runs these tests again and again
            return ready[system]
        if system not in made:
            name = f"kofu_test_{system}_{secrets.token_hex(4)}"
            database = ensure_system_database(postgres, system, secret=ROLE_SECRET, database=name)
            migrate(system, database.owner_url)
            made[system] = name
        return made[system]

    yield template_of
    with psycopg.connect(postgres, autocommit=True) as admin:
        for name in made.values():
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def system_database(postgres: str, _templates: Callable[[str], str]) -> Iterator[DatabaseFactory]:
    """Give a fresh, migrated database of a system: `system_database("issuing")`. Dropped after the module.

    `like`: a database made before, to which nobody is connected: the new one begins with what it holds.
    """
    made: list[str] = []

    def make(system: str, *, like: SystemDatabase | None = None) -> SystemDatabase:
        template = _templates(system)
        name = f"{template}_{secrets.token_hex(4)}"
        if like is not None:
            template = conninfo_to_dict(like.owner_url)["dbname"]
        with psycopg.connect(postgres, autocommit=True) as admin:
            owner = sql.Identifier(f"kofu_{system}_owner")
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(template), owner
                )
            )
        made.append(name)
        urls = ensure_system_database(postgres, system, secret=ROLE_SECRET, database=name)
        return SystemDatabase(
            owner_url=make_conninfo(urls.owner_url, dbname=name),
            app_url=make_conninfo(urls.app_url, dbname=name),
            screens_url=make_conninfo(urls.screens_url, dbname=name),
        )

    yield make
    with psycopg.connect(postgres, autocommit=True) as admin:
        for name in made:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def ledger_screens(
    system_database: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LedgerScreens]:
    """Staff screens of the ledger on a fresh database: `ledger_screens.client("clerk").get("/")`."""
    kept = {name: os.environ.get(name) for name in ("KOFU_LEDGER_DATABASE_URL", "KOFU_VAR", "KOFU_PROFILE")}
    made = open_screens(system_database("ledger"), tmp_path_factory.mktemp("var"))
    try:
        yield made
    finally:
        made.shown.close()
        close_screens()
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
