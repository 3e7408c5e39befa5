"""The tax feed of the arrangement on one machine: from the invented ward at first, from the ledger ever after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.feed import FeedKind
from kofu.core.errors import OperatorFault

ACTOR = "kofu up"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedGround:
    """What taking feeds in works with: `issuing` under its owner, the senders' keys, the municipality."""

    issuing_url: str
    keys: Mapping[FeedKind, Ed25519PublicKey]
    municipality_code: str


def take_in(ground: FeedGround, folder: Path) -> str:
    """Take one feed in; give a line about it. Raises `OperatorFault` `feed_refused` with its first problems."""
    from kofu.issuing.import_feed import Outcome, import_feed

    report = import_feed(
        lambda: psycopg.connect(ground.issuing_url),
        folder,
        keys=ground.keys,
        municipality_code=ground.municipality_code,
        now=datetime.now(UTC),
        actor=ACTOR,
        accept_shrinking=True,  # another size of ward was asked for
    )
    if report.outcome is Outcome.REFUSED:
        said = "\n".join(f"    {problem}" for problem in report.problems[:5])
        raise OperatorFault("feed_refused", f"the feed {folder} was refused:\n{said}")
    return f"{folder.name}: {report.outcome.value}, {report.rows:,} rows"


def take_waiting(ground: FeedGround, folder: Path) -> list[str]:
    """Take in every tax feed of the ledger that lies in `folder` and is newer than the active one; a line for each."""
    from kofu.issuing.waiting_feeds import waiting_feeds

    waiting = waiting_feeds(
        lambda: psycopg.connect(ground.issuing_url),
        folder,
        kind=FeedKind.TAX,
        keys=ground.keys,
        municipality_code=ground.municipality_code,
    )
    return [take_in(ground, path) for path in waiting]


def ledger_in_use(url: str) -> bool:
    """Tell whether the ledger was taken over: from then on its own feeds are the tax feeds."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM notice)").fetchone()
    return bool(row and row[0])


def last_fed_day(url: str, municipality_code: str) -> date | None:
    """Give the business day of the newest feed the ledger wrote or was taken over from."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT max(business_date) FROM feed_generation WHERE municipality_code = %s", [municipality_code]
        ).fetchone()
    return row[0] if row else None
