"""Rules about the record: gapless, in order, chained, and an entry for everything that was decided (P10)."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime

from kofu_proof.history import AuditEntry, History
from kofu_proof.index import Index
from kofu_proof.violations import Violation

GENESIS = "00" * 32
_HELD = ("handed out", "sent", "printed", "failed", "cancelled", "unknown", "made", "withheld")


def _first_link(entry: AuditEntry) -> str:
    text = f"{entry.lane}\n{entry.sequence}\n{entry.body}"
    return hashlib.sha256(bytes.fromhex(entry.previous_hash) + text.encode()).hexdigest()


#: How the hash of an entry is made, by the version its row names.
LINKS: dict[int, Callable[[AuditEntry], str]] = {1: _first_link}


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


def _entries(history: History, index: Index) -> Iterator[Violation]:
    """Find for every request the entry of what was decided, with the numbers and digests of the journal."""
    released: dict[str, list[dict[str, str]]] = defaultdict(list)
    refused: dict[str, list[str]] = defaultdict(list)
    for entry in history.audit:
        if entry.system != "issuing":
            continue
        body = json.loads(entry.body)
        request = str(body["detail"].get("request", ""))
        if body["action"] == "certificate.release":
            released[request].append(body["detail"])
        elif body["action"] in {"certificate.refuse", "certificate.hold_back"}:
            refused[request].append(body["result"])
    for request in history.requests:
        where = f"request {request.request_id}"
        copies = sorted(index.copies.get(request.request_id, []), key=lambda copy: copy.copy)
        entries = released.get(request.request_id, [])
        if len(entries) != (1 if copies else 0):
            yield Violation("record.entry", where, "releases on record", (f"{len(entries)} of {1 if copies else 0}",))
        elif copies:
            numbers = " ".join(copy.certificate_number for copy in copies)
            digests = " ".join(copy.sha256 for copy in copies)
            if (entries[0].get("numbers"), entries[0].get("sha256")) != (numbers, digests):
                yield Violation("record.entry", where, "the record names other copies than the journal")
        if request.state == "refused" and request.refusal_code not in refused.get(request.request_id, []):
            yield Violation("record.entry", where, "a refusal is not on record", (request.refusal_code,))
    unknown = sorted(name for name in released if name not in index.requests)
    for name in unknown:
        yield Violation("record.entry", f"request {name}", "a release on record of a request the journal has not")
