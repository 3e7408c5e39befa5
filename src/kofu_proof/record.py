"""Rules about the record: gapless, in order, chained, and an entry for everything that was decided (P10)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec

from kofu_proof.history import AuditEntry, Copy, History
from kofu_proof.index import Index
from kofu_proof.violations import Violation

GENESIS = "00" * 32


def _first_link(entry: AuditEntry) -> str:
    text = f"{entry.lane}\n{entry.sequence}\n{entry.body}"
    return hashlib.sha256(bytes.fromhex(entry.previous_hash) + text.encode()).hexdigest()


def _second_link(entry: AuditEntry) -> str:
    moment = datetime.fromisoformat(entry.recorded_at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    text = f"kofu audit entry 2\n{entry.lane}\n{entry.sequence}\n{moment}\n{entry.body}"
    return hashlib.sha256(bytes.fromhex(entry.previous_hash) + text.encode()).hexdigest()


#: How the hash of an entry is made, by the version its row names.
LINKS: dict[int, Callable[[AuditEntry], str]] = {1: _first_link, 2: _second_link}


def check_record(history: History, index: Index) -> Iterator[Violation]:
    """Follow every lane from its first entry on; then look for the entries there must be."""
    if "audit" not in history.has:
        return
    lanes: dict[tuple[str, str], list[AuditEntry]] = defaultdict(list)
    for entry in history.audit:
        lanes[entry.system, entry.lane].append(entry)
    for (system, lane), entries in sorted(lanes.items()):
        yield from _chain(f"{system} lane {lane}", sorted(entries, key=lambda one: one.sequence))
    if "journal" in history.has:
        yield from _entries(history, index)


def _chain(where: str, entries: list[AuditEntry]) -> Iterator[Violation]:
    previous, expected, recorded = GENESIS, 1, ""
    for entry in entries:
        at = (f"entry {entry.sequence}",)
        if entry.sequence != expected:
            yield Violation("record.gap", where, "an entry is missing or stands twice", (f"entry {expected}", *at))
        elif entry.previous_hash != previous:
            yield Violation("record.chain", where, "an entry does not continue the one before it", at)
        if entry.version not in LINKS:
            yield Violation("record.chain", where, "an entry hashed by a rule not known here", at)
        elif LINKS[entry.version](entry) != entry.hash:
            yield Violation("record.chain", where, "an entry is not what was hashed", at)
        if recorded and datetime.fromisoformat(entry.recorded_at) < datetime.fromisoformat(recorded):
            yield Violation("record.order", where, "an entry was recorded before the one it follows", at)
        previous, expected, recorded = entry.hash, entry.sequence + 1, entry.recorded_at


class _Body(msgspec.Struct):
    """What is read of an entry's body."""

    action: str
    result: str
    detail: dict[str, str | int]


def _entries(history: History, index: Index) -> Iterator[Violation]:
    """Find for every request the entry of what was decided, with the numbers and digests of the journal."""
    bodies = [msgspec.json.decode(entry.body, type=_Body) for entry in history.audit if entry.system == "issuing"]
    released: dict[str, list[_Body]] = defaultdict(list)
    refused: set[tuple[str, str]] = set()
    for body in bodies:
        request_id = str(body.detail.get("request", ""))
        if body.action == "certificate.release":
            released[request_id].append(body)
        elif body.action == "certificate.refuse":
            refused.add((request_id, body.result))
    for request in history.requests:
        where = f"request {request.request_id}"
        yield from _release(where, index.copies.get(request.request_id, []), released.get(request.request_id, []))
        if request.state == "refused" and (request.request_id, request.refusal_code) not in refused:
            yield Violation("record.entry", where, "a refusal is not on record", (request.refusal_code,))
    for name in sorted(name for name in released if name not in index.requests):
        yield Violation("record.entry", f"request {name}", "a release on record of a request the journal has not")


def _release(where: str, copies: list[Copy], entries: list[_Body]) -> Iterator[Violation]:
    copies = sorted(copies, key=lambda copy: copy.copy)
    if len(entries) != bool(copies):
        yield Violation("record.entry", where, "not one release on record", (f"{len(entries)} entries",))
    elif copies:
        numbers = " ".join(copy.certificate_number for copy in copies)
        digests = " ".join(copy.sha256 for copy in copies)
        if (entries[0].detail.get("numbers"), entries[0].detail.get("sha256")) != (numbers, digests):
            yield Violation("record.entry", where, "the record names other copies than the journal")
