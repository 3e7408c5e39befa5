"""The night's work with what the environment names: database, profile, key, folder. For command and screen."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import psycopg

from kofu.contracts.announcement import ANNOUNCEMENT_SUFFIX, Announcement
from kofu.contracts.feed import FeedKind
from kofu.core.calendar import day_in_japan
from kofu.core.gates import FeedGates
from kofu.judgement.row_rules import broken_by_rows
from kofu.ledger.acting.reached_day import reach_day
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.feed.announce import announce
from kofu.ledger.feed.night import NightReport, Progress, folder_of, last_feed, run_night, unseen
from kofu.ledger.nights.erase_received import erase_received, erase_sent_feeds
from kofu.ledger.overpayments.lapse import lapse_due
from kofu.ledger.sent_files.stored_files import erase_old_files
from kofu.platform.feeds import signing_key
from kofu.platform.profiles import load_profile
from kofu.platform.retention import note_run
from kofu.platform.settings import database_url, profile_path, var_dir


def lapse_tonight(*, actor: str, database: str = "", profile: Path | None = None) -> int:
    """End the refunds nobody claimed in time (法18条の3); give how many. The rest comes from the environment."""
    with psycopg.connect(database or database_url("ledger"), autocommit=True) as connection:
        acting = Acting(actor, "ledger-night", datetime.now(UTC))
        return lapse_due(connection, load_profile(profile or profile_path()).code, acting=acting)


def erase_tonight(*, actor: str, database: str = "", profile: Path | None = None) -> int:
    """Erase the content of files that went out or came in and whose time is over; give how many (保管と消去)."""
    with psycopg.connect(database or database_url("ledger"), autocommit=True) as connection:
        acting = Acting(actor, "ledger-night", datetime.now(UTC))
        code = load_profile(profile or profile_path()).code
        ended = erase_received(connection, code, acting=acting)
        erase_sent_feeds(connection, code, feeds_folder(), acting=acting)
        erased = erase_old_files(connection, code, acting=acting)
        note_run(connection, "sent-files", acting.now, erased)
        return erased + ended


def feeds_folder() -> Path:
    """Folder the feeds' folders lie in: `VAR/feeds`."""
    return var_dir() / "feeds"


def write_tonight(
    *,
    actor: str,
    full: bool = False,
    day: date | None = None,
    out: Path | None = None,
    database: str = "",
    profile: Path | None = None,
    var: Path | None = None,
    progress: Progress = unseen,
    gates: FeedGates | None = None,
) -> NightReport:
    """Write the feed as of `day`, today in Japan where none is given. Errors as of `kofu.ledger.feed.night.run_night`.

    What is not given comes from the environment: `database` (URL), `profile`, `var`; `gates` from the profile.
    `progress` hears (rows written, rows expected).
    """
    url = database or database_url("ledger")
    ward = load_profile(profile or profile_path())
    business_date = day or day_in_japan(datetime.now(UTC))
    with psycopg.connect(url, autocommit=True) as connection:
        reach_day(connection, business_date)
    return run_night(
        lambda: psycopg.connect(url, autocommit=True),
        municipality_code=ward.code,
        out=out or feeds_folder(),
        business_date=business_date,
        key=signing_key((var or var_dir()) / "keys", FeedKind.TAX),
        actor=actor,
        clock=lambda: datetime.now(UTC),
        full=full,
        progress=progress,
        gates=gates or ward.gates,
        rules=partial(broken_by_rows, tax=ward.resident_tax),
    )


def announce_tonight(
    *, actor: str, full: bool = False, day: date | None = None, out: Path | None = None, database: str = ""
) -> Announcement | None:
    """Announce the feed `write_tonight` will write. Errors as of `kofu.ledger.feed.announce.announce`."""
    url = database or database_url("ledger")
    return announce(
        lambda: psycopg.connect(url, autocommit=True),
        municipality_code=load_profile(profile_path()).code,
        out=out or feeds_folder(),
        business_date=day or day_in_japan(datetime.now(UTC)),
        key=signing_key(var_dir() / "keys", FeedKind.TAX),
        actor=actor,
        clock=lambda: datetime.now(UTC),
        full=full,
    )


def is_announced(database: str = "") -> bool:
    """Tell whether the next feed was announced already: whoever starts it by hand then announces it anew."""
    with psycopg.connect(database or database_url("ledger"), autocommit=True) as connection:
        last = last_feed(connection, load_profile(profile_path()).code)
    folder = folder_of(feeds_folder(), last.generation + 1)
    return folder.with_name(folder.name + ANNOUNCEMENT_SUFFIX).exists()
