"""① 賦課情報・軽自動車税管理情報の登録: an assessment file is checked whole, held where a row is wrong, posted whole.

`receive` reads and checks and posts nothing. `post` posts a file that was checked, in one transaction with its audit
entry; rows with problems stay out only by the decision of a second person, and stay on record with the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, ensure
from kofu.ledger.adapters.journal import Posting, add_notices, find_claims, open_books, store_books
from kofu.ledger.domain import posting
from kofu.ledger.domain.assessments import AssessmentLine, Change, Plan, Problem, Standing, plan
from kofu.ledger.domain.claims import Claim, Notice, Tax
from kofu.ledger.domain.matching import MatchingRules, revise_after_reduction
from kofu.ledger.domain.received_files import FileEvent, FileState, after
from kofu.ledger.under import Under
from kofu.platform import audit

KIND = "assessments"
LINES_PER_GROUP = 5_000
PROBLEMS_KEPT = 100

#: Reads the bytes of a file into lines and the problems of what could not be read.
Reader = Callable[[bytes], tuple[Sequence[AssessmentLine], Sequence[Problem]]]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What receiving a file found: its id, its state, rows, yen in all, and the first problems."""

    file_id: UUID
    state: FileState
    rows: int
    total: int
    bad_rows: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Posted:
    """What posting a file did."""

    notices_opened: int
    increased: int
    reduced: int
    unchanged: int
    left_out: int


def receive(
    connection: psycopg.Connection,
    *,
    municipality_code: str,
    name: str,
    content: bytes,
    read: Reader,
    under: Under,
) -> Checked:
    """Take in a file and check every row against the ledger. Posts nothing.

    The same bytes again are the same file: what was found then is given again. Raises `OperatorFault`
    `file_rejected_before` where it was rejected.
    """
    digest = hashlib.sha256(content).hexdigest()
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('received file', 0))")
        known = connection.execute(
            "SELECT id, state, rows, total, bad_rows, problems FROM received_file"
            " WHERE municipality_code = %s AND kind = %s AND sha256 = %s",
            [municipality_code, KIND, digest],
        ).fetchone()
        if known is not None:
            if known[1] == FileState.REJECTED:
                raise OperatorFault(
                    "file_rejected_before", f"{name}: this very file was rejected; send a corrected one"
                )
            problems = tuple(Problem(**problem) for problem in known[5])
            file_id, known_state, rows, total, bad = known[:5]
            return Checked(file_id, FileState(known_state), rows, total, bad, problems)
        lines, unreadable = read(content)
        found = [*unreadable, *_problems(connection, municipality_code, lines)]
        found.sort(key=lambda problem: problem.line)
        bad = len({problem.line for problem in found})
        state = FileState.HELD if found else FileState.CHECKED
        file_id = uuid4()
        rows = len({line.line for line in lines} | {problem.line for problem in unreadable})
        total = sum(line.total for line in lines)
        kept = tuple(found[:PROBLEMS_KEPT])
        connection.execute(
            "INSERT INTO received_file (id, municipality_code, kind, name, sha256, content, rows, total, problems,"
            " bad_rows, state, received_by, received_at, decided_by, decision_reason)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '')",
            [
                file_id, municipality_code, KIND, name, digest, content, rows, total, Jsonb([_shown(p) for p in kept]),
                bad, state, under.actor, under.now,
            ],
        )  # fmt: skip
        _record(connection, under, "assessments.receive", state, file=str(file_id), rows=rows, bad_rows=bad)
    return Checked(file_id, state, rows, total, bad, kept)


def post(
    connection: psycopg.Connection,
    file_id: UUID,
    *,
    read: Reader,
    rules: MatchingRules,
    under: Under,
    without_bad_rows: str = "",
    progress: Progress = lambda _done: None,
) -> Posted:
    """Post a received file, all of it, in one transaction. Every row is decided again against the ledger of now.

    `rules`: by which 延滞金 is calculated anew where less is assessed than before.
    `without_bad_rows`: the reason for which a held file is posted without its bad rows; then the actor must be another
    person than the one who received it. Raises `OperatorFault` `file_state`, `second_person_needed`, `rows_changed`
    where rows that were right when the file was received are not any more (receive it again), `rate_missing`.
    """
    with connection.transaction():
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        row = connection.execute(
            "SELECT municipality_code, name, content, state, received_by, bad_rows FROM received_file"
            " WHERE id = %s AND kind = %s FOR UPDATE",
            [file_id, KIND],
        ).fetchone()
        if row is None:
            raise OperatorFault("file_unknown", "no such file was received")
        municipality_code, name, content, state, received_by, bad_rows = row
        next_state = after(FileState(state), FileEvent.POST_WITHOUT if without_bad_rows else FileEvent.POST)
        if without_bad_rows and under.actor == received_by:
            raise OperatorFault("second_person_needed", "the one who received the file cannot accept it with bad rows")
        lines, unreadable = read(bytes(content))
        bad = {problem.line for problem in (*unreadable, *_problems(connection, municipality_code, lines))}
        if len(bad) > bad_rows:
            raise OperatorFault(
                "rows_changed", f"{name}: the ledger has moved on since; reject it and receive it again"
            )
        source = Posting(actor=under.actor, booked_on=day_in_japan(under.now), recorded_at=under.now, source=name)
        opened = increased = reduced = unchanged = 0
        done = 0
        for group in _groups(line for line in lines if line.line not in bad):
            for decided in _post_group(connection, municipality_code, group, source, rules):
                opened += decided.line.change is Change.NEW and bool(decided.opens)
                increased += bool(decided.grows)
                reduced += bool(decided.shrinks)
                unchanged += not decided.moves
            done += len(group)
            progress(done)
        connection.execute(
            "UPDATE received_file SET state = %s, decided_by = %s, decided_at = %s, decision_reason = %s WHERE id = %s",
            [next_state, under.actor, under.now, without_bad_rows, file_id],
        )
        posted = Posted(opened, increased, reduced, unchanged, len(bad))
        _record(
            connection, under, "assessments.post", next_state,
            file=str(file_id), opened=opened, increased=increased, reduced=reduced, left_out=len(bad),
        )  # fmt: skip
    return posted


def reject(connection: psycopg.Connection, file_id: UUID, *, reason: str, under: Under) -> None:
    """Send a file back. Raises `OperatorFault` `file_state` where it was posted or rejected already."""
    ensure(reason, "a rejection names its reason")
    with connection.transaction():
        row = connection.execute("SELECT state FROM received_file WHERE id = %s FOR UPDATE", [file_id]).fetchone()
        if row is None:
            raise OperatorFault("file_unknown", "no such file was received")
        state = after(FileState(row[0]), FileEvent.REJECT)
        connection.execute(
            "UPDATE received_file SET state = %s, decided_by = %s, decided_at = %s, decision_reason = %s WHERE id = %s",
            [state, under.actor, under.now, reason, file_id],
        )
        _record(connection, under, "assessments.reject", state, file=str(file_id))


def _problems(
    connection: psycopg.Connection, municipality_code: str, lines: Iterable[AssessmentLine]
) -> Iterator[Problem]:
    """Check lines against the ledger: what each would post, a notice number twice, a person nobody knows."""
    seen: set[str] = set()
    for group in _groups(lines):
        standing = _standing(connection, municipality_code, [line.notice.notice_number for line in group])
        known = _known_people(connection, municipality_code, [line.notice.addressee_number for line in group])
        for line in group:
            number = line.notice.notice_number
            decided = plan(line, standing.get(number))
            if isinstance(decided, Problem):
                yield decided
            elif number in seen:
                yield Problem(
                    line.line, "通知書番号", "notice_twice", "the file states this notice in an earlier line too"
                )
            elif line.notice.addressee_number not in known:
                yield Problem(
                    line.line,
                    "宛名番号",
                    "addressee_unknown",
                    "nobody has this number; take the resident feed in first",
                )
            seen.add(number)


def _post_group(
    connection: psycopg.Connection,
    municipality_code: str,
    group: Sequence[AssessmentLine],
    source: Posting,
    rules: MatchingRules,
) -> list[Plan]:
    standing = _standing(connection, municipality_code, [line.notice.notice_number for line in group])
    plans = [plan(line, standing.get(line.notice.notice_number)) for line in group]
    decided = [one for one in plans if isinstance(one, Plan)]
    ensure(len(decided) == len(plans), "rows were checked in this transaction")
    new = [one for one in decided if one.line.notice.notice_number not in standing]
    made = add_notices(
        connection,
        [(one.line.notice, [(part.installment, part.due_date) for part in one.opens]) for one in new],
    )
    more = [one for one in decided if one.opens and one.line.notice.notice_number in standing]
    made_more = add_notices(
        connection,
        [(one.line.notice, [(part.installment, part.due_date) for part in one.opens]) for one in more],
        known=True,
    )
    opened = {
        (claim.notice.notice_number, claim.installment): claim.claim_id
        for claims in (*made, *made_more)
        for claim in claims
    }
    touched = [claim_id for one in decided for claim_id, _ in (*one.grows, *one.shrinks)]
    smaller = _smaller_claims(connection, municipality_code, decided, standing)
    books = open_books(connection, claim_ids=[*opened.values(), *touched])
    for one in decided:
        on, reason = one.line.effective_on, one.line.reason
        for part in one.opens:
            if part.amount:
                claim_id = opened[one.line.notice.notice_number, part.installment]
                books.post(posting.assess(claim_id, part.amount, on, reason=reason))
        for claim_id, amount in one.grows:
            books.post(posting.increase(claim_id, amount, on, reason=reason))
        for claim_id, amount in one.shrinks:
            cancelled = one.line.change is Change.CANCEL
            books.post_all(posting.reduce(books, claim_id, amount, on, reason=reason, cancelled=cancelled))
            revise_after_reduction(smaller[claim_id], books, rules, on, reason=reason)
    store_books(connection, books, source)
    return decided


def _smaller_claims(
    connection: psycopg.Connection, municipality_code: str, plans: Sequence[Plan], standing: Mapping[str, Standing]
) -> dict[int, Claim]:
    """Read the claims that get smaller: their 納期限 is what 延滞金 runs from."""
    keys = {
        (one.line.notice.notice_number, installment)
        for one in plans
        if one.shrinks
        for installment in standing[one.line.notice.notice_number].parts
    }
    return {claim.claim_id: claim for claim in find_claims(connection, municipality_code, keys).values()}


def _standing(
    connection: psycopg.Connection, municipality_code: str, notice_numbers: Sequence[str]
) -> dict[str, Standing]:
    """Read the notices the ledger holds of these numbers, with what is assessed per 期別."""
    rows = connection.execute(
        "SELECT notice_number, addressee_number, tax, fiscal_year, origin_year, collection_method, statutory_due_date,"
        " plate_number, chassis_last4, inspected, installment, claim.id, assessed"
        " FROM notice JOIN claim ON claim.notice_id = notice.id JOIN claim_balance ON claim_id = claim.id"
        " WHERE municipality_code = %s AND notice_number = ANY(%s)",
        [municipality_code, list(notice_numbers)],
    )
    notices: dict[str, Notice] = {}
    parts: dict[str, dict[str, tuple[int, int]]] = {}
    for number, addressee, tax, year, origin, method, statutory, plate, chassis, inspected, *part in rows:
        if number not in notices:
            notices[number] = Notice(
                municipality_code=municipality_code,
                notice_number=number,
                addressee_number=addressee,
                tax=Tax(tax),
                fiscal_year=year,
                origin_year=origin,
                collection_method=method,
                statutory_due_date=statutory,
                plate_number=plate,
                chassis_last4=chassis,
                inspected=inspected,
            )
        installment, claim_id, assessed = part
        parts.setdefault(number, {})[installment] = (claim_id, assessed)
    return {number: Standing(notice, parts[number]) for number, notice in notices.items()}


def _known_people(connection: psycopg.Connection, municipality_code: str, numbers: Sequence[str]) -> set[str]:
    rows = connection.execute(
        "SELECT addressee_number FROM taxpayer WHERE municipality_code = %s AND addressee_number = ANY(%s)",
        [municipality_code, list(numbers)],
    )
    return {row[0] for row in rows}


def _groups(lines: Iterable[AssessmentLine]) -> Iterator[list[AssessmentLine]]:
    rest = iter(lines)
    while group := list(islice(rest, LINES_PER_GROUP)):
        yield group


def _shown(problem: Problem) -> dict[str, str | int]:
    return {"line": problem.line, "field": problem.field, "code": problem.code, "message": problem.message}


def _record(connection: psycopg.Connection, under: Under, action: str, result: FileState, **detail: str | int) -> None:
    audit.append(
        connection,
        under.lane,
        audit.AuditEntry(
            action=action, actor=under.actor, result=result.value, occurred_at=under.now, detail=dict(detail)
        ),
    )
