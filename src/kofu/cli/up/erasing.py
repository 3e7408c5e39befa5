"""The erasing work `kofu up` does under the names of a ward's timers (deploy/systemd: kofu-erasure, kofu-night)."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg

from kofu.contracts.feed import FeedKind
from kofu.core.errors import OperatorFault
from kofu.core.profile import Profile
from kofu.platform.feeds import public_key
from kofu.platform.message_keys import message_key
from kofu.staff.operators.services import service_named

PURGES, NIGHTS = service_named("purge").actor, service_named("night").actor


def erase_as_timers_do(
    *, issuing_url: str, ledger_url: str, profile: Path, values: Profile, var: Path, day: date
) -> Iterator[str]:
    """Do the erasing work of a night in issuing (as its owner) and in the ledger; give a line about each.

    What a job cannot do tonight it says, as a timer's log would; what serves, serves on.
    """
    from kofu.issuing.acting.who_acts import system_acting
    from kofu.issuing.feeds.erase_tonight import ErasurePlaces, erase_tonight
    from kofu.issuing.feeds.erasure_register import register_in
    from kofu.issuing.feeds.purge_years import LANE
    from kofu.ledger.nights.tonight import erase_tonight as erase_in_ledger

    try:
        done = erase_tonight(
            functools.partial(psycopg.connect, issuing_url),
            system_acting(lane=LANE, actor=PURGES),
            profile=values,
            day=day,
            places=ErasurePlaces(
                feeds=var / "feeds",
                register=register_in(var),
                key=message_key(var / "keys" / "erasures.pem"),
                senders={kind: public_key(var / "keys", kind) for kind in FeedKind},
            ),
        )
    except OperatorFault as fault:
        yield f"issuing: {fault}"
    else:
        asked = f", years before {done.proposed.before_year} wait for two signatures" if done.proposed else ""
        yield f"issuing: {done.feed_files} row files of feeds taken in{asked}"
    ended = erase_in_ledger(actor=NIGHTS, database=ledger_url, profile=profile)
    yield f"ledger: {ended} contents of files whose time is over"
