"""A feed on the console that waits for people: the registry's, with the birthdays of two people exchanged.

It is taken in like any other, after the sound one of the day, and held by what holds every feed. Papers are made of the
sound one meanwhile. A later feed of the registry overtakes it; then it can only be refused.
"""

from __future__ import annotations

from pathlib import Path

from kofu.cli.up.ledger_feeds import FeedGround, take_in
from kofu.core.gates import FeedGates
from kofu.ward.faults import make_fault
from kofu.ward.make import WardFolder

FAULT = "births-exchanged"


def leave_a_held_feed(ground: FeedGround, ward: WardFolder, var: Path, gates: FeedGates) -> str | None:
    """Send the faulty feed once, judged as the ward judges; give the line about it, None where that was done before."""
    folder = var / "demo" / "held-feed"
    if folder.exists():
        return None
    return take_in(ground, make_fault(ward.resident_feed, folder, FAULT, keys=var / "keys"), gates)
