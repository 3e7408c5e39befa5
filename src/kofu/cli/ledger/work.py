"""What the verbs of payments and of a day work with: the ledger, its rules, who acts, and the day that is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.databases import Rights, opened
from kofu.cli.shared.declared import operator
from kofu.cli.shared.faults import ExitCode

if TYPE_CHECKING:  # these draw in psycopg: `kofu --help` does without
    import psycopg

    from kofu.core.profile import Profile
    from kofu.ledger.acting.who_acts import Acting
    from kofu.ledger.books.domain.matching_rules import MatchingRules

DATE_FORMATS = ["%Y-%m-%d"]
Day = Annotated[datetime | None, typer.Option(formats=DATE_FORMATS, help="会計日; default the oldest open day.")]


@dataclass(frozen=True, slots=True)
class Work:
    """A connection to the ledger, and under what it is worked on."""

    connection: psycopg.Connection
    profile: Profile
    acting: Acting
    rules: MatchingRules
    today: date


@contextmanager
def work_on(database: str | None) -> Iterator[Work]:
    """Open what a verb needs; tell a refusal in one line and exit 1."""
    from kofu.core.calendar import day_in_japan
    from kofu.ledger.acting.reached_day import stand_within_reach
    from kofu.ledger.acting.who_acts import Acting
    from kofu.ledger.profile.rules_in_use import rules_of
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    now = datetime.now(UTC)
    with opened("ledger", Rights.OWNER, database, head="refused", leaves=ExitCode.REFUSED) as connection:
        profile = load_profile(profile_path())
        stand_within_reach(connection, day_in_japan(now))
        yield Work(
            connection,
            profile,
            Acting(operator().actor, "ledger-operator", now),
            rules_of(profile.code, connection),
            day_in_japan(now),
        )


def open_day(work: Work, day: datetime | None) -> date:
    """Give the day that was named, or the oldest open one."""
    from kofu.ledger.books.accounting import accounting_days

    if day is not None:
        return day.date()
    return accounting_days(work.connection, work.profile.code, work.today).open_days()[0]
