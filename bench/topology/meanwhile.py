"""What happens beside the harms as on any day: feeds are taken in, issuance is stopped and goes on again."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg

from bench.topology.asking import noted
from bench.topology.house import House
from kofu.contracts.feed import FeedKind
from kofu.core.errors import KofuError
from kofu.issuing.acting.who_acts import system_acting
from kofu.issuing.cases import stop
from kofu.simulation.happenings import lift_standing_stops

BETWEEN_SECONDS = (5.0, 12.0)
STANDS_SECONDS = 1.5
AGAIN_SECONDS = 0.5
DONE_SECONDS_MAX = 120.0
"""How long one of them may be tried again and again while the database is killed."""
ACTING = system_acting(lane="topology", actor="issuing")


@contextmanager
def meanwhile(house: House, chance: random.Random) -> Iterator[None]:
    """Let feeds and stops come, one after another, while this lasts. Raises what went wrong with them, at the end."""
    over, faults = threading.Event(), list[BaseException]()

    def go_on() -> None:
        try:
            while not over.wait(chance.uniform(*BETWEEN_SECONDS)):
                chance.choice((_feed, _feed, _stop))(house, chance)
        except BaseException as fault:  # noqa: BLE001 - carried to whoever plays
            faults.append(fault)

    thread = threading.Thread(target=go_on, name="meanwhile", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if faults:
        raise faults[0]


def _note(house: House, event: str, **what: Any) -> None:
    house.events.append(noted(event, **what))


def _feed(house: House, chance: random.Random) -> None:
    """Take the next difference of a kind in; it changes half of all people."""
    kind = chance.choice(list(FeedKind))
    feed = house.feeds.next_feed(kind)
    which = {"feed": kind.value, "feed_generation": house.feeds.generations[kind]}
    _note(house, "activating", **which)
    _until_done(lambda: house.take_in(feed, kind), f"the {kind} feed {which['feed_generation']} is taken in")
    _note(house, "activated", **which)


def _stop(house: House, _: random.Random) -> None:
    """Stop issuance, wait until nothing is on its way, and let two people lift whatever stands."""

    def set_one() -> None:
        with _connected(house) as connection:
            words = {"municipality_code": house.code, "reason": "drill", "by": "sato"}
            stop_id = stop.set_stop(connection, ACTING, **words)
            if stop.wait_for_papers(connection, ACTING, house.code) is None:
                _note(house, "stop_acknowledged", stop=stop_id)

    def lift_all() -> None:
        with _connected(house) as connection:
            lift_standing_stops(connection, house.code, ACTING, partial(_note, house))

    _until_done(set_one, "issuance is stopped")
    time.sleep(STANDS_SECONDS)
    _until_done(lift_all, "issuance goes on")


def _connected(house: House) -> psycopg.Connection[Any]:
    return psycopg.connect(house.running_url(), autocommit=True)


def _until_done(work: Callable[[], None], what: str) -> None:
    """Do it again where the database ended in between. Raises `TimeoutError`."""
    until = time.monotonic() + DONE_SECONDS_MAX
    while True:
        try:
            work()
        except (psycopg.Error, KofuError) as fault:
            if time.monotonic() > until:
                raise TimeoutError(f"not within {DONE_SECONDS_MAX:.0f} s: {what}") from fault
            time.sleep(AGAIN_SECONDS)
        else:
            return
