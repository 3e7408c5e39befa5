"""Notes that bytes have left: written together behind the answers, and by nobody waited for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import psycopg

from kofu.issuing.requests.journal_store import SentNote
from kofu.issuing.serving import sent_notes
from kofu.issuing.serving.sent_notes import SentNotes
from kofu.issuing.serving.workers import BusyError

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)


def written(monkeypatch, scene, *, fails: int = 0) -> list[list[str]]:
    """The groups of notes as they are written while `scene` runs; the first `fails` cannot be."""
    groups: list[list[str]] = []
    left = fails

    def keep(_connection: psycopg.Connection, notes: list[SentNote]) -> None:
        groups.append([note.request_id for note in notes])

    async def run(write) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise BusyError
        write(None)

    monkeypatch.setattr(sent_notes, "record_all_sent", keep)

    async def play() -> None:
        notes = SentNotes(run)
        await scene(notes)
        await notes.close()

    asyncio.run(play())
    return groups


def test_what_leaves_together_is_noted_together(monkeypatch) -> None:
    async def scene(notes: SentNotes) -> None:
        for one in ("a", "b", "c"):
            notes.add(one, AT)

    assert written(monkeypatch, scene) == [["a", "b", "c"]]


def test_what_leaves_later_is_noted_later(monkeypatch) -> None:
    async def scene(notes: SentNotes) -> None:
        notes.add("a", AT)
        await notes.close()
        notes.add("b", AT)

    assert written(monkeypatch, scene) == [["a"], ["b"]]


def test_a_note_that_cannot_be_written_stops_no_other(monkeypatch) -> None:
    """Its request stays `made`, which is treated alike."""

    async def scene(notes: SentNotes) -> None:
        notes.add("a", AT)
        await notes.close()
        notes.add("b", AT)

    assert written(monkeypatch, scene, fails=1) == [["b"]]


def test_of_too_many_notes_the_oldest_are_let_go(monkeypatch) -> None:
    async def scene(notes: SentNotes) -> None:
        for one in ("a", "b", "c"):
            notes.add(one, AT)

    monkeypatch.setattr(sent_notes, "NOTES_MAX", 2)
    assert written(monkeypatch, scene) == [["b", "c"]]
