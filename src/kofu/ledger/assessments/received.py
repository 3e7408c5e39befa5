"""Files that wait for a decision: received once, held whole where a row is wrong, posted whole, or sent back.

What all kinds of them share: the same bytes are the same file, a decision follows the table of states, rows with
problems stay out only by a second person's decision, and whoever a file corrects is under 更正処理中 from its receipt
on until a feed that states the correction is active (`kofu.ledger.holds.issuance_holds`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.errors import OperatorFault, ensure
from kofu.core.four_eyes import PendingProposal
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.assessments.domain.assessments import AssessmentProblem
from kofu.ledger.assessments.domain.received_files import RECEIVED_FILE_LIFE, FileEvent, FileState, digest_of
from kofu.ledger.holds.issuance_holds import Place, hold_for_file, settle_file
from kofu.platform import audit
from kofu.platform.standing_proposals import require_decider

Line = TypeVar("Line")

LINES_PER_GROUP = 5_000
PROBLEMS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """What receiving a file found: its id, its state, rows, yen in all, and the first problems."""

    file_id: UUID
    state: FileState
    rows: int
    total: int
    bad_rows: int
    problems: tuple[AssessmentProblem, ...]


@dataclass(frozen=True, slots=True)
class RowsFound:
    """What looking at a file's rows found: how many, yen in all, problems, and whom it corrects."""

    rows: int
    total: int
    problems: Sequence[AssessmentProblem]
    corrects: AbstractSet[Place]


@dataclass(frozen=True, slots=True)
class FileToPost:
    """A file about to be posted, locked: what it is, and how many bad rows were found at its receipt."""

    file_id: UUID
    municipality_code: str
    name: str
    content: bytes
    bad_rows: int
    next_state: FileState


def receive_file(
    connection: psycopg.Connection,
    *,
    kind: str,
    municipality_code: str,
    name: str,
    content: bytes,
    look: Callable[[], RowsFound],
    acting: Acting,
    beside: Sequence[bytes] = (),
) -> Checked:
    """Take in a file: store it with what `look` found in it. Posts nothing.

    The same bytes again are the same file: what was found then is given again. What was sent back can come again: it
    is another file. `beside`: files that came with it and belong to it; other bytes there make it another file.
    """
    digest = digest_of(content, beside)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('received file', 0))")
        known = connection.execute(
            "SELECT id, state, rows, total, bad_rows, problems FROM received_file"
            " WHERE municipality_code = %s AND kind = %s AND sha256 = %s AND NOT state = 'rejected'",
            [municipality_code, kind, digest],
        ).fetchone()
        if known is not None:
            problems = tuple(AssessmentProblem(**problem) for problem in known[5])
            known_id, known_state, rows, total, bad = known[:5]
            return Checked(known_id, FileState(known_state), rows, total, bad, problems)
        found = look()
        problems = tuple(sorted(found.problems, key=lambda problem: problem.line))
        bad = len({problem.line for problem in problems})
        state = FileState.HELD if problems else FileState.CHECKED
        file_id = uuid4()
        kept = problems[:PROBLEMS_KEPT]
        connection.execute(
            "INSERT INTO received_file (id, municipality_code, kind, name, sha256, content, rows, total, problems,"
            " bad_rows, state, received_by, received_at, decided_by, decision_reason)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '')",
            [
                file_id, municipality_code, kind, name, digest, content, found.rows, found.total,
                Jsonb([_problem_as_json(problem) for problem in kept]), bad, state, acting.actor, acting.now,
            ],
        )  # fmt: skip
        holds_set = hold_for_file(connection, municipality_code, file_id, found.corrects, reason=name, acting=acting)
        _record(
            connection, acting, f"{kind}.receive", state,
            file=str(file_id), rows=found.rows, bad_rows=bad, correcting=holds_set,
        )  # fmt: skip
    return Checked(file_id, state, found.rows, found.total, bad, kept)


def file_to_post(
    connection: psycopg.Connection, kind: str, file_id: UUID, *, acting: Acting, without_bad_rows: str
) -> FileToPost:
    """Lock a file that is to be posted, in the caller's transaction.

    `without_bad_rows`: the reason for which a held file is posted without its bad rows; then the actor must be another
    person than the one who received it. Raises `OperatorFault` `file_unknown`, `file_state`, `second_person_needed`.
    """
    row = connection.execute(
        "SELECT municipality_code, name, content, state, received_by, received_at, bad_rows FROM received_file"
        " WHERE id = %s AND kind = %s FOR UPDATE",
        [file_id, kind],
    ).fetchone()
    if row is None:
        raise OperatorFault("file_unknown", "no such file was received")
    municipality_code, name, content, state, received_by, received_at, bad_rows = row
    next_state = RECEIVED_FILE_LIFE.after(
        FileState(state), FileEvent.POST_WITHOUT if without_bad_rows else FileEvent.POST
    )
    if without_bad_rows:
        require_decider(
            connection, acting.actor, PendingProposal(received_by, received_at), what="a file with bad rows"
        )
    return FileToPost(file_id, municipality_code, name, bytes(content), bad_rows, next_state)


def require_no_more_bad(waiting: FileToPost, bad: int) -> None:
    """Raise `OperatorFault` `rows_changed` where rows that were right at the receipt are not any more."""
    if bad > waiting.bad_rows:
        raise OperatorFault(
            "rows_changed", f"{waiting.name}: the ledger has moved on since; reject it and receive it again"
        )


def close_posted(
    connection: psycopg.Connection,
    kind: str,
    waiting: FileToPost,
    *,
    acting: Acting,
    without_bad_rows: str,
    left_out: AbstractSet[Place],
    **counts: int,
) -> None:
    """Note that a file was posted, settle what it corrected, put it on record; in the caller's transaction."""
    connection.execute(
        "UPDATE received_file SET state = %s, decided_by = %s, decided_at = %s, decision_reason = %s WHERE id = %s",
        [waiting.next_state, acting.actor, acting.now, without_bad_rows, waiting.file_id],
    )
    settle_file(connection, waiting.file_id, reason=waiting.name, acting=acting, but=left_out)
    _record(connection, acting, f"{kind}.post", waiting.next_state, file=str(waiting.file_id), **counts)


def reject_file(connection: psycopg.Connection, kind: str, file_id: UUID, *, reason: str, acting: Acting) -> None:
    """Send a file back; nobody is corrected by it any more. Raises `OperatorFault` `file_unknown`, `file_state`."""
    ensure(reason, "a rejection names its reason")
    with connection.transaction():
        row = connection.execute(
            "SELECT state FROM received_file WHERE id = %s AND kind = %s FOR UPDATE", [file_id, kind]
        ).fetchone()
        if row is None:
            raise OperatorFault("file_unknown", "no such file was received")
        state = RECEIVED_FILE_LIFE.after(FileState(row[0]), FileEvent.REJECT)
        connection.execute(
            "UPDATE received_file SET state = %s, decided_by = %s, decided_at = %s, decision_reason = %s WHERE id = %s",
            [state, acting.actor, acting.now, reason, file_id],
        )
        settle_file(connection, file_id, reason=reason, acting=acting, at_once=True)
        _record(connection, acting, f"{kind}.reject", state, file=str(file_id))


def _problem_as_json(problem: AssessmentProblem) -> dict[str, str | int]:
    return {"line": problem.line, "field": problem.field, "code": problem.code, "message": problem.message}


def _record(
    connection: psycopg.Connection, acting: Acting, action: str, result: FileState, **detail: str | int
) -> None:
    audit.append(
        connection,
        acting.lane,
        audit.AuditEntry(
            action=action, actor=acting.actor, result=result.value, occurred_at=acting.now, detail=dict(detail)
        ),
    )


def in_groups(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Cut the lines of a file into groups, each looked up by one statement."""
    rest = iter(lines)
    while group := list(islice(rest, LINES_PER_GROUP)):
        yield group


def known_people(connection: psycopg.Connection, municipality_code: str, numbers: Sequence[str]) -> set[str]:
    """Give those of some 宛名番号 that the ledger has."""
    rows = connection.execute(
        "SELECT addressee_number FROM taxpayer WHERE municipality_code = %s AND addressee_number = ANY(%s)",
        [municipality_code, list(numbers)],
    )
    return {row[0] for row in rows}
