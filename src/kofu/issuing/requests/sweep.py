"""Bring to an end what nobody brought to an end: requests whose worker died, papers nobody reported on (P9).

Runs inside the serving process every few seconds, and at night once more (`kofu recheck --sweep`). Any number may run
at once: a row is swept by whoever locks it first, and a row a living worker holds is left to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import psycopg

from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.cases import cases
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.domain.states import RequestEvent, RequestState
from kofu.issuing.requests.domain.technical import Technical, refusal_for
from kofu.issuing.requests.journal_store import JournalRequest

SWEEP_ROWS_MAX = 500
NEVER_DECIDED = "never decided"
RESULT_WITHIN = timedelta(minutes=60)
"""How long a print result may take: the centre tells "unknown" itself when the session ends, after 40 minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep found: requests nobody decided, and papers nobody reported on."""

    aborted: int
    unknown: int


def sweep(connection: psycopg.Connection, acting: Acting, *, result_within: timedelta = RESULT_WITHIN) -> Swept:
    """Close what nobody closed. Rows that a living worker holds are left to it.

    A request still *received* after its deadline has lost its worker: aborted, nothing left; one case for as long as
    that goes on. A paper whose result did not come within `result_within` of the deadline is *unknown* and gets a case
    of its own: it may lie in a machine, and somebody may have paid for it.
    """
    now = acting.clock()
    with connection.transaction():
        aborted = journal_store.overdue_requests(connection, (RequestState.RECEIVED,), now, SWEEP_ROWS_MAX)
        for stored in aborted:
            code = Technical.ISSUE_FAULT.value
            journal_store.move(
                connection, stored, RequestEvent.ABORT, now, refusal_code=code, public_code=refusal_for(code).code
            )
            _open_case(
                connection, acting, stored, CaseKind.ISSUE_FAULT, "a request was never decided", cause=NEVER_DECIDED
            )
    with connection.transaction():
        lost = journal_store.overdue_requests(
            connection, (RequestState.MADE, RequestState.SENT), now - result_within, SWEEP_ROWS_MAX
        )
        for stored in lost:
            journal_store.move(connection, stored, RequestEvent.LOSE, now)
            _open_case(
                connection, acting, stored, CaseKind.PRINT_UNKNOWN, "no print result came", cause=stored.request_id
            )
    return Swept(aborted=len(aborted), unknown=len(lost))


def _open_case(
    connection: psycopg.Connection, acting: Acting, stored: JournalRequest, kind: CaseKind, summary: str, *, cause: str
) -> None:
    cases.open_case(
        connection,
        acting,
        municipality_code=stored.municipality_code,
        kind=kind,
        summary=summary,
        request_id=stored.request_id,
        evidence=(f"state before: {stored.state}, deadline {stored.deadline:%FT%TZ}",),
        cause=cause,
    )
