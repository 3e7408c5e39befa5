"""What is being printed right now, in one small file: so that a kiosk that lost its power can say `unknown` afterwards.

The file is written before the printer begins and removed once the centre has the result. A job that ended while the
centre could not be reached keeps its result there, and is reported as what it was. The file holds the session, the
request id, the copies and the money: nothing of the certificate and nothing of the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from kofu.contracts.center import SessionPrintResult
from kofu.contracts.issuing import PrintOutcome
from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import PeerFault
from kofu.kiosk.center_client import CenterClient, CenterRefusal
from kofu.kiosk.machine import write_whole

log = structlog.get_logger()


class Underway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A job whose end the centre does not know yet. `fee_paid` in yen; `result` once the printer said how it ended."""

    session_id: str
    request_id: str
    fee_paid: int
    begun_at: datetime
    result: SessionPrintResult | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """One file per job under `folder`, named by its request id."""

    folder: Path

    def begin(self, job: Underway) -> None:
        """Note the job durably, before the first page."""
        write_whole(self._path(job.request_id), msgspec.json.encode(job))

    def conclude(self, session_id: str, result: SessionPrintResult) -> None:
        """Keep how a job ended until the centre can be told."""
        self.begin(Underway(session_id, result.request_id, result.fee_paid, result.occurred_at, result))

    def concluded(self) -> list[Underway]:
        """List the jobs that ended and whose result the centre does not have."""
        return [job for job in self.left() if job.result is not None]

    def end(self, request_id: str) -> None:
        """Forget the job: the centre has its result."""
        self._path(request_id).unlink(missing_ok=True)

    def left(self) -> list[Underway]:
        """List the jobs whose result the centre does not have. A file that cannot be read is named and left."""
        found = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                found.append(msgspec.json.decode(path.read_bytes(), type=Underway))
            except UNREADABLE:
                log.error("kiosk.underway_unreadable", file=path.name)  # noqa: TRY400 - the content is not quoted
        return found

    def _path(self, request_id: str) -> Path:
        return self.folder / f"{request_id}.json"


def report_left(journal: Journal, center: CenterClient, jobs: list[Underway], now: datetime) -> list[Underway]:
    """Report `jobs`: by their result, `unknown` where there is none; give those the centre could not be told of yet.

    A centre that answers by an error of its contract knows the request's end, or tells the ward `unknown` itself when
    the session ends: nothing more is to be said.
    """
    waiting = []
    for job in jobs:
        result = job.result or SessionPrintResult(
            request_id=job.request_id,
            outcome=PrintOutcome.UNKNOWN,
            copies_printed=0,
            fee_paid=job.fee_paid,
            occurred_at=now,
        )
        if job.result is None:
            journal.conclude(job.session_id, result)  # told again it is the same word: its instant too
        try:
            center.report(job.session_id, result)
            center.end_session(job.session_id)
        except CenterRefusal as error:
            log.warning("kiosk.left_result_refused", code=error.code)
        except PeerFault as error:
            log.warning("kiosk.left_result_not_reported", code=error.code)
            waiting.append(job)
            continue
        journal.end(job.request_id)
    return waiting
