"""A ledger as it stands after 移行 of a small ward: what a day's work is left on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from kofu.cli.up.day_in_progress.desk import Desk
from kofu.contracts.feed import FeedKind
from kofu.core.calendar import last_business_day_before
from kofu.ledger.profile.layouts import layouts_of
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.profile.rules_in_use import rules_of
from kofu.ledger.taking_over.take_over import take_over
from kofu.platform.feeds import public_key
from kofu.platform.profiles import load_profile
from kofu.ward.make import make_ward
from kofu.ward.people import Municipality, WardPlan

PROFILE = Path(__file__).parents[2] / "profiles" / "mihon.toml"


def ledger_of(connection: psycopg.Connection, folder: Path, today: date) -> Desk:
    """Take a ward of 400 people over on a day; give who can work at it."""
    plan = WardPlan(
        municipality=Municipality(code="139998", name="東京都見本区"),
        seed=20260105,
        size=400,
        day=today,
        tax_closed_on=last_business_day_before(today),
    )
    now = datetime(today.year, today.month, today.day, tzinfo=UTC)
    ward = make_ward(folder, plan, created_at=now, keys=folder / "keys")
    take_over(
        connection,
        tax_feed=ward.at.tax_feed,
        resident_feed=ward.at.resident_feed,
        keys={kind: public_key(folder / "keys", kind) for kind in FeedKind},
        actor="test",
    )
    profile = load_profile(PROFILE)
    return Desk(
        connection=connection,
        profile=profile,
        rules=rules_of(profile.code, connection),
        ledger=ledger_profile(profile.code),
        layouts=layouts_of(profile),
        samples=folder / "samples",
        now=now,
    )
