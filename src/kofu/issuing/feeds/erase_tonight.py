"""The erasing work of a night, in its order: what came back, what was signed, the files, the register, the feeds.

Every step is repeatable; what one night could not do, the next does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.feed import FeedKind
from kofu.core.profile import Profile
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.feeds import erasure_orders
from kofu.issuing.feeds.erase_feed_files import erase_feed_files
from kofu.issuing.feeds.erase_on_disk import erase_on_disk
from kofu.issuing.feeds.erasure_orders import ErasureOrder
from kofu.issuing.feeds.erasure_register import write_entries, years_to_erase_again
from kofu.issuing.feeds.purge_years import purge_years
from kofu.platform.disk_erasure import WalOverwritten
from kofu.platform.message_keys import MessageKey
from kofu.platform.retention import note_run


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePlaces:
    """Where things lie: the folder feeds come into, the register, its key, the keys of the senders of feeds."""

    feeds: Path
    register: Path
    key: MessageKey
    senders: Mapping[FeedKind, Ed25519PublicKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasingNight:
    """What was done. `again`: years of a restored backup; `erased`: the cut of a signed order."""

    again: list[int]
    erased: int | None
    on_disk: WalOverwritten | None
    registered: int
    feed_files: int
    proposed: ErasureOrder | None


def erase_tonight(
    connect: Callable[[], psycopg.Connection], acting: Acting, *, profile: Profile, day: date, places: ErasurePlaces
) -> ErasingNight:
    """Do what is due on `day` under the owner of the schema. Raises `OperatorFault` as its steps do."""
    code = profile.code
    with connect() as connection:
        again = years_to_erase_again(connection, places.register, code)
    for year in again:
        purge_years(
            connect, profile=profile, day=day, now=acting.clock(), actor=acting.actor, dry_run=False, again=year
        )
    done = erasure_orders.carry_out(connect, acting, profile=profile, day=day)
    on_disk = erase_on_disk(connect, code, now=acting.clock(), actor=acting.actor)
    with connect() as connection:
        registered = write_entries(places.register, places.key, code, erasure_orders.done_erasures(connection, code))
    feed_files = erase_feed_files(connect, places.feeds, keys=places.senders, municipality_code=code)
    with connect() as connection:
        note_run(connection, "feeds-taken-in", acting.clock(), feed_files)
        ended = done.erased.assessments + done.erased.collections if done is not None and done.erased else 0
        note_run(connection, "tax-years", acting.clock(), ended)  # a night with nothing to erase ran, too
    proposed = erasure_orders.propose(connect, acting, profile=profile, day=day) if done is None else None
    return ErasingNight(
        again=again,
        erased=done.retired_before_year if done else None,
        on_disk=on_disk,
        registered=len(registered),
        feed_files=feed_files,
        proposed=proposed,
    )
