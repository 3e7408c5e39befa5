"""① 賦課証明情報の登録: what is certified of a person and year, as versions that are added and never changed.

The same rules as `register_assessments`: checked whole, held where a row is wrong, posted whole in one transaction;
what it corrects is under 更正処理中 from the receipt on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg

from kofu.contracts.assessment_tables import STATED_COLUMNS
from kofu.core.transposition import NO_TABLES, TranspositionTables
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.assessments.codecs.statement_files import read_statements
from kofu.ledger.assessments.domain.assessments import AssessmentProblem
from kofu.ledger.assessments.domain.statements import (
    StandingStatement,
    StatedCell,
    StatementLine,
    StatementOutcome,
    decide,
)
from kofu.ledger.assessments.received import (
    Checked,
    FileToPost,
    RowsFound,
    close_posted,
    file_to_post,
    in_groups,
    known_people,
    receive_file,
    require_no_more_bad,
)
from kofu.ledger.holds.issuance_holds import Place

KIND = "statements"
_NAMES = tuple(column.name for column in STATED_COLUMNS)
_STANDING = f"""
    SELECT DISTINCT ON (addressee_number, fiscal_year) addressee_number, fiscal_year, version, removed,
        {", ".join(_NAMES)}
    FROM assessment_statement JOIN unnest(%s::text[], %s::smallint[]) AS wanted (addressee_number, fiscal_year)
        USING (addressee_number, fiscal_year)
    WHERE municipality_code = %s
    ORDER BY addressee_number, fiscal_year, version DESC
"""


@dataclass(frozen=True, slots=True)
class StatementsPosted:
    """What posting a file did, in people's years. `transposed`: 外字 codes put as characters in what was posted."""

    new: int
    corrected: int
    removed: int
    unchanged: int
    left_out: int
    transposed: int = 0


@dataclass(frozen=True, slots=True)
class _Decided:
    """A line, what it does, and the version it adds with what that says: of a removal, what was removed."""

    line: StatementLine
    outcome: StatementOutcome | AssessmentProblem
    version: int
    cells: Mapping[str, StatedCell]


def receive(
    connection: psycopg.Connection,
    *,
    municipality_code: str,
    name: str,
    content: bytes,
    acting: Acting,
    transposition: TranspositionTables = NO_TABLES,
) -> Checked:
    """Take in a file and check every row against what stands. Posts nothing; whom it corrects is under 更正処理中.

    `transposition` puts 外字 codes as the characters the municipality's tables say.

    The same bytes again are the same file; what was sent back can come again. Raises `FileRefused`.
    """

    def look() -> RowsFound:
        lines, unreadable = read_statements(content, file=name, transposition=transposition)
        decided, problems = _decide(connection, municipality_code, lines)
        return RowsFound(
            rows=len({line.line for line in lines} | {problem.line for problem in unreadable}),
            total=sum(int(line.cells["annual_tax"]) for line in lines),
            problems=[*unreadable, *problems],
            corrects={
                one.line.place for one in decided if one.version > 1 and one.outcome is not StatementOutcome.SAME
            },
        )

    return receive_file(
        connection, kind=KIND, municipality_code=municipality_code, name=name, content=content, look=look, acting=acting
    )


def post(
    connection: psycopg.Connection,
    file_id: UUID,
    *,
    acting: Acting,
    without_bad_rows: str = "",
    transposition: TranspositionTables = NO_TABLES,
) -> StatementsPosted:
    """Post a received file, all of it, in one transaction. Every row is decided again against what stands now.

    `without_bad_rows` and the errors as of `register_assessments.post`; `transposition` as of `receive`.
    """
    with connection.transaction():
        waiting = file_to_post(connection, KIND, file_id, acting=acting, without_bad_rows=without_bad_rows)
        # one file after the other: the number of a new version is the one after what stands
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('assessment statements', 0))")
        lines, unreadable = read_statements(waiting.content, file=waiting.name, transposition=transposition)
        decided, problems = _decide(connection, waiting.municipality_code, lines)
        bad = {problem.line for problem in (*unreadable, *problems)}
        require_no_more_bad(waiting, len(bad))
        good = [one for one in decided if one.line.line not in bad]
        _add_versions(connection, waiting, [one for one in good if one.outcome is not StatementOutcome.SAME], acting)
        counts = [one.outcome for one in good]
        posted = StatementsPosted(
            new=counts.count(StatementOutcome.NEW),
            corrected=counts.count(StatementOutcome.CORRECTED),
            removed=counts.count(StatementOutcome.REMOVED),
            unchanged=counts.count(StatementOutcome.SAME),
            left_out=len(bad),
            transposed=sum(one.line.transposed for one in good),
        )
        close_posted(
            connection,
            KIND,
            waiting,
            acting=acting,
            without_bad_rows=without_bad_rows,
            left_out={one.line.place for one in decided if one.line.line in bad},
            new=posted.new,
            corrected=posted.corrected,
            removed=posted.removed,
            left_out_rows=posted.left_out,
            transposed=posted.transposed,
        )
    return posted


def _decide(
    connection: psycopg.Connection, municipality_code: str, lines: Sequence[StatementLine]
) -> tuple[list[_Decided], list[AssessmentProblem]]:
    """Decide every line against what stands; `version` is the number a new version would have."""
    decided: list[_Decided] = []
    problems: list[AssessmentProblem] = []
    seen: set[Place] = set()
    for group in in_groups(lines):
        standing = _standing(connection, municipality_code, group)
        known = known_people(connection, municipality_code, [line.addressee_number for line in group])
        for line in group:
            stands = standing.get(line.place)
            outcome = decide(line, stands)
            cells = stands.cells if stands and outcome is StatementOutcome.REMOVED else line.cells
            decided.append(_Decided(line, outcome, stands.version + 1 if stands else 1, cells))
            if isinstance(outcome, AssessmentProblem):
                problems.append(outcome)
            elif line.place in seen:
                message = "the file states this person and year in an earlier line too"
                problems.append(AssessmentProblem(line.line, "宛名番号", "statement_twice", message))
            elif line.addressee_number not in known:
                message = "nobody has this number; take the resident feed in first"
                problems.append(AssessmentProblem(line.line, "宛名番号", "addressee_unknown", message))
            seen.add(line.place)
    return decided, problems


def _standing(
    connection: psycopg.Connection, municipality_code: str, lines: Sequence[StatementLine]
) -> dict[Place, StandingStatement]:
    numbers, years = [line.addressee_number for line in lines], [line.fiscal_year for line in lines]
    rows = connection.execute(_STANDING, [numbers, years, municipality_code])
    return {
        (number, year): StandingStatement(version, removed, dict(zip(_NAMES, cells, strict=True)))
        for number, year, version, removed, *cells in rows
    }


def _add_versions(
    connection: psycopg.Connection, waiting: FileToPost, decided: Iterable[_Decided], acting: Acting
) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY assessment_statement (municipality_code, addressee_number, fiscal_year, version, removed, correcting,"
            f" reason, source, actor, {', '.join(_NAMES)}, recorded_at) FROM STDIN"
        ) as copy,
    ):
        for one in decided:
            line = one.line
            copy.write_row(
                (
                    waiting.municipality_code,
                    line.addressee_number,
                    line.fiscal_year,
                    one.version,
                    one.outcome is StatementOutcome.REMOVED,
                    False,
                    line.reason,
                    waiting.name,
                    acting.actor,
                    *(one.cells[name] for name in _NAMES),
                    acting.now,
                )
            )
