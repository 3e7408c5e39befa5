"""Connections of a serving process: one the database ended is found out without asking it."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest
from psycopg_pool import ConnectionPool
from structlog.testing import capture_logs

from kofu.core.errors import OperatorFault
from kofu.core.kinds import CertificateKind
from kofu.issuing.serving import runtime
from kofu.issuing.serving.runtime import rehearsed, require_quiet
from kofu.platform.profiles import load_profile
from kofu.platform.settings import profile_path

pytestmark = pytest.mark.storage


def works_after_its_end(url: str, check) -> bool:
    """Whether work gets a connection that works, after the database ended the idle one."""
    with ConnectionPool(url, min_size=1, max_size=1, kwargs={"autocommit": True}, check=check, open=True) as pool:
        with pool.connection() as connection:
            backend = connection.info.backend_pid
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        try:
            with pool.connection() as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def test_a_connection_the_database_ended_is_not_worked_with(system_database) -> None:
    """Twin: without the look at the socket the work gets the dead one."""
    url = system_database("issuing").app_url
    assert works_after_its_end(url, require_quiet)
    assert not works_after_its_end(url, None)


def test_a_connection_that_is_well_is_worked_with_again(system_database) -> None:
    with ConnectionPool(system_database("issuing").app_url, min_size=1, max_size=1, check=require_quiet) as pool:
        seen = set()
        for _ in range(5):
            with pool.connection() as connection:
                connection.execute("SELECT 1")
                seen.add(connection.info.backend_pid)
    assert len(seen) == 1


@pytest.mark.parametrize("heavy", ["polars", "pypdfium2", "django"])
def test_a_serving_process_loads_nothing_that_only_feeds_screens_and_the_nightly_check_need(heavy) -> None:
    """Each of them is tens of megabytes, in every one of the processes."""
    asked = f"import sys, kofu.issuing.serving.gateway; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False, timeout=60).returncode == 0


def test_a_kind_that_cannot_be_made_is_told_at_the_start_and_stops_nothing_else(monkeypatch) -> None:
    """Holds, feeds and the other kinds are served all the same."""
    press, fault = object(), OperatorFault("no_form", "no form of income on 2026-11-23")
    monkeypatch.setattr(runtime, "rehearse", lambda *_: iter([(CertificateKind.INCOME, fault)]))
    with capture_logs() as told:
        assert rehearsed(press, load_profile(profile_path())) is press
    assert [(one["event"], one["kind"], one["code"]) for one in told] == [
        ("issuing.kind_cannot_be_made", "income", "no_form")
    ]
