"""What is seen from outside, in one order, and the papers that left: the simulation's own log of the lines."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from kofu.contracts.issuing import Issued
from kofu.simulation.stage import from_outside
from kofu_proof.history import Event

_RELEASE = "body LIKE '%%certificate.re%%' AND strpos(body, %(request)s) > 0"
DURABLE = (
    "SELECT (SELECT count(*) FROM issuing_copy WHERE request_id = %(request)s) = %(copies)s AND ("
    " EXISTS (SELECT 1 FROM (SELECT body FROM audit_entry ORDER BY recorded_at DESC LIMIT 50) AS newest"
    f" WHERE {_RELEASE})"
    f" OR EXISTS (SELECT 1 FROM audit_entry WHERE {_RELEASE}))"
)
"""The release of a paper that leaves is nearly always among the newest entries; only else all are looked through."""


class SeenFromOutside:
    """Events as they come; papers by digest. `observer`: a connection that sees only what is committed."""

    def __init__(self, observer: psycopg.Connection, papers: Path) -> None:
        """Begin with nothing."""
        self.events: list[Event] = []
        self.papers = papers
        self._observer = observer
        papers.mkdir(parents=True)

    def note(self, event: str, **what: Any) -> None:
        """Note an event."""
        self.events.append(Event(at=len(self.events) + 1, event=event, **what))

    def paper_left(self, issued: Issued, message: str) -> None:
        """Note that an answer with papers goes on the line, keep them, and whether their record is durable now."""
        documents = tuple((one.certificate_number, one.sha256) for one in issued.documents)
        for document in issued.documents:
            digest = hashlib.sha256(document.pdf).hexdigest()
            (self.papers / f"{digest}.pdf").write_bytes(document.pdf)
        with from_outside():
            row = self._observer.execute(DURABLE, {"request": issued.request_id, "copies": len(documents)}).fetchone()
        durable = bool(row and row[0])
        self.note(
            "left",
            request=issued.request_id,
            message=message,
            outcome="issued",
            documents=documents,
            durable=durable,
        )

    def lines(self) -> bytes:
        """Give the events as a file of a history."""
        return b"".join(msgspec.json.encode(event) + b"\n" for event in self.events)
