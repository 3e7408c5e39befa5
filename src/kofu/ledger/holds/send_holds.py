"""Talk to `issuing` about holds with the ledger's own certificate, as the environment names both ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import psycopg
import structlog

from kofu.ledger.holds.issuance_holds import HoldRound, ask_and_follow, send_and_release
from kofu.platform.profiles import load_profile
from kofu.platform.settings import database_url, profile_path, url_of
from kofu.platform.tls import client_context, tls_files

log = structlog.get_logger()


def send_from_environment() -> HoldRound:
    """Do one round: send what waits, release what the active feed states.

    Raises `psycopg.Error` and `KofuError`; then all that waited still waits.
    """
    with _both_ends() as (connection, client):
        done = send_and_release(connection, client, load_profile(profile_path()).code, datetime.now(UTC))
    if done.sent.delivered or done.sent.failures or done.released:
        log.info("ledger.holds", delivered=done.sent.delivered, waiting=done.sent.waiting, released=done.released)
    return done


def follow_from_environment() -> int:
    """Ask which tax feed is active, also where nothing waits; give how many corrections were released.

    One may have been taken in by hand, and the next night counts on from it. Raises as `send_from_environment`.
    """
    with _both_ends() as (connection, client):
        return ask_and_follow(connection, client, load_profile(profile_path()).code, datetime.now(UTC))


@contextmanager
def _both_ends() -> Iterator[tuple[psycopg.Connection, httpx.Client]]:
    with (
        psycopg.connect(database_url("ledger"), autocommit=True) as connection,
        httpx.Client(base_url=url_of("issuing"), verify=client_context(tls_files("ledger")), timeout=10) as client,
    ):
        yield connection, client
