"""Every copy of an application that was not printed yet, in one file: several years and copies at once."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pikepdf
import psycopg

from kofu.certificates.released import ReleasedCertificate
from kofu.core.errors import OperatorFault, ensure
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.counter.desk import CounterDesk
from kofu.ledger.counter.issue import print_copy
from kofu.ledger.counter.store import copies_of


@dataclass(frozen=True, slots=True)
class PapersTogether:
    """The papers, in the order of their copies, and one file of all their pages (PDF), in memory alone (P1)."""

    papers: tuple[ReleasedCertificate, ...]
    pdf: bytes


def print_rest(
    connection: psycopg.Connection, desk: CounterDesk, application_id: UUID, *, office: str, acting: Acting
) -> PapersTogether:
    """印刷: make every copy that was not printed yet, each on record before any of it is given (P10).

    Each goes the way of `print_copy`, and raises what that raises; then nothing is given, and the copies already on
    record as printed need a reason to be printed again. Raises `OperatorFault` `all_printed` where none is left.
    """
    printed = {
        int(position)
        for (position,) in connection.execute(
            "SELECT DISTINCT detail->>'position' FROM counter_event WHERE application_id = %s AND event = 'print'",
            [application_id],
        )
    }
    left = [copy.position for copy in copies_of(connection, application_id) if copy.position not in printed]
    if not left:
        raise OperatorFault("all_printed", "every copy of this application was printed")
    papers = tuple(
        print_copy(connection, desk, application_id, position, office=office, acting=acting) for position in left
    )
    return PapersTogether(papers, joined([paper.pdf for paper in papers]))


def joined(files: Sequence[bytes]) -> bytes:
    """Put the pages of several files into one, in their order; a page is taken as it is."""
    with pikepdf.new() as whole:
        pages = 0
        for file in files:
            with pikepdf.open(io.BytesIO(file)) as one:
                pages += len(one.pages)
                whole.pages.extend(one.pages)
        ensure(len(whole.pages) == pages, "no page is lost or added")
        out = io.BytesIO()
        whole.save(out)
    return out.getvalue()
