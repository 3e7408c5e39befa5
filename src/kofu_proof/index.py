"""A history made searchable: what the rules ask again and again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from kofu_proof.history import Copy, Event, History, Request

EVER = 10**15


@dataclass(frozen=True, slots=True)
class Index:
    """Requests, copies and events by what they are about.

    `left`: papers that left, by digest, each with its request. `taken`: the answers the centre took in time.
    `first`: when something was first seen of a hold or stop, by what was seen and of which.
    `active`: the first and last moment (`Event.at`) at which a generation can have been the active one.
    """

    requests: dict[str, Request]
    copy_of: dict[str, Copy]
    copies: dict[str, list[Copy]]
    events: dict[str, list[Event]]
    of_request: dict[str, list[Event]]
    left: dict[str, str]
    left_at: dict[str, int]
    asked: dict[str, int]
    taken: dict[str, Event]
    active: dict[int, tuple[int, int]]
    first: dict[tuple[str, str, str], int]


def index_of(history: History) -> Index:
    """Sort a history in."""
    copies: dict[str, list[Copy]] = defaultdict(list)
    for copy in history.copies:
        copies[copy.request_id].append(copy)
    events: dict[str, list[Event]] = defaultdict(list)
    of_request: dict[str, list[Event]] = defaultdict(list)
    left: dict[str, str] = {}
    left_at: dict[str, int] = {}
    asked: dict[str, int] = {}
    first: dict[tuple[str, str, str], int] = {}
    for event in sorted(history.events, key=lambda one: one.at):
        events[event.event].append(event)
        of_request[event.request].append(event)
        if event.hold or event.stop:
            first.setdefault((event.event, event.hold, event.stop), event.at)
        if event.event == "ask":
            asked.setdefault(event.request, event.at)
        if event.event == "left" and event.outcome == "issued":
            left_at.setdefault(event.request, event.at)
            left |= {sha256: event.request for _, sha256 in event.documents}
    return Index(
        requests={request.request_id: request for request in history.requests},
        copy_of={copy.sha256: copy for copy in history.copies},
        copies=dict(copies),
        events=dict(events),
        of_request=dict(of_request),
        left=left,
        left_at=left_at,
        asked=asked,
        taken={event.message: event for event in events["answer"]},
        active=_active(history, events),
        first=first,
    )


def _active(history: History, events: dict[str, list[Event]]) -> dict[int, tuple[int, int]]:
    """From when its feed was first offered until the next generation was surely there."""
    offered: dict[tuple[str, int], int] = {}
    surely: dict[tuple[str, int], int] = {}
    for event in events["activating"]:
        offered.setdefault((event.feed, event.feed_generation), event.at)
    for event in events["activated"]:
        surely.setdefault((event.feed, event.feed_generation), event.at)
    ordered = sorted(history.generations, key=lambda one: one.number)
    active: dict[int, tuple[int, int]] = {}
    for number, generation in enumerate(ordered):
        begins = offered.get((generation.feed, generation.feed_generation), 0)
        after = ordered[number + 1] if number + 1 < len(ordered) else None
        ends = surely.get((after.feed, after.feed_generation), EVER) if after is not None else EVER
        active[generation.number] = (begins, ends)
    return active
