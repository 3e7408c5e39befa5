"""What a 督促 run keeps of its list: who was on it, who fell out and why, how far the channels reached; JSON only here.

Keys and words in the database are those of the values; a key that came later has its meaning where it is absent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from kofu.ledger.arrears.domain.dunning import Dunned, NotDunned
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.payments.domain.coverage import Reached


class FallenOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A 期別 with one 納期限 that fell out of a run. `reason`, `by`: whose words, where it was taken out by hand."""

    claim_id: int
    due_date: date
    why: NotDunned
    reason: str = ""
    by: str = ""


class ChannelReach(msgspec.Struct, frozen=True):
    """How far a channel reached when the list was drawn, and the days of the files that held it back."""

    channel: Channel
    to: date
    missing: tuple[date, ...] = ()


def lines_to_json(lines: Iterable[Dunned]) -> object:
    """Give the JSON of a list that was drawn."""
    return msgspec.to_builtins(list(lines))


def lines_from_json(kept: object) -> tuple[Dunned, ...]:
    """Read a list that was drawn. Raises `msgspec.ValidationError` where what is kept is none."""
    return msgspec.convert(kept, tuple[Dunned, ...])


def fallen_to_json(fallen: Iterable[FallenOut]) -> object:
    """Give the JSON of what fell out."""
    return msgspec.to_builtins(list(fallen))


def fallen_from_json(kept: object) -> tuple[FallenOut, ...]:
    """Read what fell out. Raises `msgspec.ValidationError` where what is kept is none."""
    return msgspec.convert(kept, tuple[FallenOut, ...])


def reach_to_json(reach: Iterable[Reached]) -> object:
    """Give the JSON of how far the channels reached."""
    kept = [ChannelReach(one.rule.channel, one.to, tuple(file.reach for file in one.missing)) for one in reach]
    return msgspec.to_builtins(kept)


def reach_from_json(kept: object) -> tuple[ChannelReach, ...]:
    """Read how far the channels reached. Raises `msgspec.ValidationError` where what is kept is none."""
    return msgspec.convert(kept, tuple[ChannelReach, ...])
