"""A ledger that was taken over from a small ward, and nights to write its feeds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kofu.contracts.feed import FeedKind
from kofu.ledger.feed.night import NightReport, run_night
from kofu.ledger.taking_over.take_over import take_over
from kofu.platform.feeds import public_key, signing_key
from kofu.platform.postgres import SystemDatabase
from kofu.ward.make import MadeWard, make_ward
from kofu.ward.people import Municipality, WardPlan

CODE = "139998"
DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def small_ward(folder: Path, size: int = 60) -> MadeWard:
    """Feeds of a few invented people, signed with keys under `folder`/keys."""
    plan = WardPlan(municipality=Municipality(code=CODE, name="東京都見本区"), seed=11, size=size, day=DAY)
    return make_ward(folder, plan, created_at=NOW, keys=folder / "keys")


def fed_ledger(system_database, ward: MadeWard) -> SystemDatabase:
    """A ledger's database that holds what the ward's feeds say."""
    database = system_database("ledger")
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        take_over(
            owner,
            tax_feed=ward.at.tax_feed,
            resident_feed=ward.at.resident_feed,
            keys={kind: public_key(ward.at.folder / "keys", kind) for kind in FeedKind},
            actor="test",
        )
    return database


def key_of(ward: MadeWard) -> Ed25519PrivateKey:
    return signing_key(ward.at.folder / "keys", FeedKind.TAX)


def night(
    database: SystemDatabase, out: Path, key: Ed25519PrivateKey, *, day: date = DAY, full: bool = False, **how: object
) -> NightReport:
    """Run a night as the command does."""
    return run_night(
        lambda: psycopg.connect(database.app_url, autocommit=True),
        municipality_code=CODE,
        out=out,
        business_date=day,
        key=key,
        actor="test",
        clock=lambda: NOW,
        full=full,
        **how,
    )


@contextmanager
def opened(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        yield connection
