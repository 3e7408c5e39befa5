"""A database that swallows every packet is given up in seconds, and the next host of the URL answers (C5)."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.relay import Relay

from kofu.platform.postgres import SystemDatabase
from kofu.platform.settings import with_patience

pytestmark = pytest.mark.storage
FAIL_OVER_SECONDS_MAX = 20


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def relay(postgres: str) -> Iterator[int]:
    """A TCP port that leads to the tests' PostgreSQL."""
    with Relay(postgres) as relay:
        yield relay.port


@pytest.fixture
def two_hosts(system_database: Callable[[str], SystemDatabase], silent: int, relay: int) -> str:
    """URL of a primary that fell silent and the one that took its place."""
    url = system_database("ledger").app_url
    return make_conninfo(url, host="127.0.0.1,127.0.0.1", port=f"{silent},{relay}", target_session_attrs="read-write")


def test_a_process_finds_the_new_primary(two_hosts: str) -> None:
    began = time.monotonic()
    with psycopg.connect(with_patience(two_hosts)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert time.monotonic() - began < FAIL_OVER_SECONDS_MAX


def test_the_staff_screens_find_the_new_primary(two_hosts: str) -> None:
    """Django gets the list of hosts and the limits from the same URL (C3)."""
    program = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'kofu.ledger.settings'; django.setup()\n"
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        "    cursor.execute('SELECT 1'); print(cursor.fetchone()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"KOFU_LEDGER_DATABASE_URL": two_hosts, "PYTHONPATH": "src", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=FAIL_OVER_SECONDS_MAX * 2,
        check=False,
    )
    assert done.stdout.strip() == "1", done.stderr


def test_without_limits_a_process_would_wait(two_hosts: str) -> None:
    """The twin: libpq's default waits for a silent host for ever; here we stop waiting after eight seconds."""
    program = "import psycopg, sys; psycopg.connect(sys.argv[1])"
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", program, two_hosts], timeout=8, check=False)
