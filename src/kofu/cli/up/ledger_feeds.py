"""The tax feed of the arrangement on one machine: from the invented ward at first, from the ledger ever after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.feed import FeedKind
from kofu.contracts.issuing import ActiveData
from kofu.core.errors import OperatorFault
from kofu.core.gates import USUAL_GATES, Bound, FeedGates
from kofu.core.transposition import NO_TABLES, TranspositionTables
from kofu.staff.operators.services import service_named

ACTOR = "kofu up"
#: What a ward's timers do, `kofu up` does under their names.
TAKES_FEEDS, WRITES_NIGHTS = service_named("take-feeds").actor, service_named("night").actor
#: In rows and yen: a share of what stood at zero yesterday would allow nothing.
ANY = Bound(permille=0, absolute=10**18)
#: An invented ward changes its size, and is a day older at each start: its figures hold nothing. What can never be
#: (a serial that changes its person, names moved between people) is refused here like anywhere.
INVENTED = replace(USUAL_GATES, rows=ANY, sums=ANY, states=ANY, events=ANY, gone=ANY, warnings=ANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedGround:
    """What taking feeds in works with: `issuing` under its owner, the senders' keys, the municipality, its tables."""

    issuing_url: str
    keys: Mapping[FeedKind, Ed25519PublicKey]
    municipality_code: str
    transposition: TranspositionTables = NO_TABLES


def take_in(acting: FeedGround, folder: Path, gates: FeedGates = INVENTED) -> str:
    """Take one feed in, judged by `gates`; give a line about it.

    Raises `OperatorFault` `feed_refused` with its first problems.

    A feed that is older than the active one, which somebody took in by hand, is passed over: what serves, serves on.
    """
    from kofu.issuing.acting.who_acts import system_acting
    from kofu.issuing.feeds.feed_positions import OVERTAKEN
    from kofu.issuing.feeds.import_feed import LANE, ImportOutcome, import_feed
    from kofu.issuing.feeds.judge import Judging
    from kofu.issuing.feeds.judging import coverage_of
    from kofu.issuing.glyphs.glyph_sets import drawn_glyphs, take_beside
    from kofu.platform.fonts import find_font, read_font
    from kofu.press.glyphs import GlyphCoverage

    with psycopg.connect(acting.issuing_url, autocommit=True) as connection:
        here = system_acting(lane=LANE, actor=TAKES_FEEDS)
        delivered = take_beside(connection, here, folder, acting.keys[FeedKind.TAX], acting.municipality_code)
        drawn = drawn_glyphs(connection, acting.municipality_code)
    coverage = coverage_of(GlyphCoverage(read_font(find_font()), drawn))
    report = import_feed(
        lambda: psycopg.connect(acting.issuing_url),
        folder,
        keys=acting.keys,
        municipality_code=acting.municipality_code,
        now=datetime.now(UTC),
        actor=TAKES_FEEDS,
        judging=Judging(gates=gates, coverage=coverage, transposition=acting.transposition),
    )
    if report.outcome is ImportOutcome.REFUSED and {problem.reason for problem in report.problems} == {OVERTAKEN}:
        return f"{folder.name}: passed over, a newer feed was taken in by hand and serves on"
    if report.outcome is ImportOutcome.REFUSED:
        said = "\n".join(f"    {problem}" for problem in report.problems[:5])
        raise OperatorFault("feed_refused", f"the feed {folder} was refused:\n{said}")
    if report.outcome is ImportOutcome.HELD:
        return f"{folder.name}: held as number {report.judged_id}; two people look at it (`kofu feed held`)"
    glyphs = (
        "" if delivered is None or delivered.outcome.is_current else f"; glyph set {delivered.version} was not taken"
    )
    return f"{folder.name}: {report.outcome.value}, {report.rows:,} rows{glyphs}"


def newest_taken_in(issuing_url: str, municipality_code: str) -> int:
    """Give the highest generation of any kind that `issuing` has active; what is written next is newer."""
    from kofu.issuing.feeds.feed_store import position_of

    with psycopg.connect(issuing_url) as connection:
        return max(position_of(connection, municipality_code, kind).generation for kind in FeedKind)


def take_waiting(acting: FeedGround, folder: Path) -> list[str]:
    """Take in every tax feed of the ledger that lies in `folder` and is newer than the active one; a line for each."""
    from kofu.issuing.feeds.waiting_feeds import waiting_feeds

    waiting = waiting_feeds(
        lambda: psycopg.connect(acting.issuing_url),
        folder,
        kind=FeedKind.TAX,
        keys=acting.keys,
        municipality_code=acting.municipality_code,
    )
    return [take_in(acting, path) for path in waiting]


def follow_issuing(acting: FeedGround, ledger_url: str) -> None:
    """Let the ledger count on from the tax feed that is active, as its sender of holds does at a ward."""
    from kofu.issuing.feeds.feed_store import position_of
    from kofu.ledger.holds.issuance_holds import follow_active

    with psycopg.connect(acting.issuing_url) as connection:
        tax = position_of(connection, acting.municipality_code, FeedKind.TAX)
    with psycopg.connect(ledger_url, autocommit=True) as connection:
        active = ActiveData(
            municipality_code=acting.municipality_code,
            data_generation=0,
            tax_feed_generation=tax.generation,
            tax_feed_sha256=tax.manifest_sha256,
            resident_feed_generation=0,
        )
        follow_active(connection, active, datetime.now(UTC))


def take_released(acting: FeedGround) -> list[str]:
    """Take in the held feeds that two people have released; a line for each."""
    from kofu.issuing.feeds.held_feeds import released_folders

    with psycopg.connect(acting.issuing_url) as connection:
        folders = released_folders(connection, acting.municipality_code)
    return [take_in(acting, path) for path in folders]


def ledger_in_use(url: str) -> bool:
    """Tell whether the ledger was taken over: from then on its own feeds are the tax feeds."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM notice)").fetchone()
    return bool(row and row[0])


def last_fed_day(url: str, municipality_code: str) -> date | None:
    """Give the business day of the newest feed the ledger wrote or was taken over from.

    None where there is none, or where `issuing` has a later one of another sender: then the ledger's is due.
    """
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT CASE WHEN mode <> 'elsewhere' THEN business_date END FROM feed_generation"
            " WHERE municipality_code = %s ORDER BY generation DESC LIMIT 1",
            [municipality_code],
        ).fetchone()
    return row[0] if row else None
