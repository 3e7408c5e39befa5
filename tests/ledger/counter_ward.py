"""A small ward taken over into a ledger: people to issue certificates to at a counter."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import psycopg

from kofu.contracts.feed import FeedKind
from kofu.core.calendar import day_in_japan
from kofu.core.kinds import HoldKind
from kofu.ledger.taking_over.take_over import take_over
from kofu.platform.feeds import public_key
from kofu.platform.postgres import SystemDatabase
from kofu.ward.make import make_ward
from kofu.ward.people import Municipality, WardPlan

WARD = "139998"


def take_ward_over(database: SystemDatabase, folder: Path, now: datetime) -> None:
    """Make 120 people as of a moment and give them to the ledger."""
    plan = WardPlan(
        municipality=Municipality(code=WARD, name="東京都見本区"), seed=7, size=120, day=day_in_japan(now)
    )  # fmt: skip
    made = make_ward(folder, plan, created_at=now, keys=folder / "keys")
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        take_over(
            owner,
            tax_feed=made.at.tax_feed,
            resident_feed=made.at.resident_feed,
            keys={kind: public_key(folder / "keys", kind) for kind in FeedKind},
            actor="test",
        )


def person(connection: psycopg.Connection, condition: str = "TRUE") -> str:
    """A living, unprotected person whose income of 2026 is declared and taxed, and about whom `condition` holds."""
    row = connection.execute(
        "SELECT t.addressee_number FROM taxpayer t JOIN stated_assessments s USING (municipality_code,"
        " addressee_number) WHERE s.fiscal_year = 2026 AND s.declaration = 'declared' AND s.taxing_right"
        " AND NOT s.correcting AND s.liability = 'taxable' AND t.status = 'resident' AND NOT t.protected"
        f" AND {condition} ORDER BY 1 LIMIT 1"
    ).fetchone()
    assert row is not None, f"the ward has nobody with {condition}"
    return str(row[0])


def nothing_stands(_addressee_number: str) -> tuple[HoldKind, ...]:
    """Stand for a registry that has put no hold on anybody."""
    return ()
