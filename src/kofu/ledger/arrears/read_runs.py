"""Runs of 督促 as their screens show them: the runs, the letters of one, and who fell out of it since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow, class_row

from kofu.ledger.arrears.kept_runs import ChannelReach, FallenOut, fallen_from_json, reach_from_json

_RUN = (
    "SELECT id, closed_day, issued_on, state, left_out, count, total, drawn_by, drawn_at, approved_by, sent_on,"
    " coverage, fallen FROM dunning_run WHERE municipality_code = %s"
)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of 督促."""

    id: UUID
    closed_day: date
    issued_on: date
    state: str
    left_out: dict[str, int]
    count: int
    total: int
    drawn_by: str
    drawn_at: datetime
    approved_by: str
    sent_on: date | None
    coverage: tuple[ChannelReach, ...]
    fallen: tuple[FallenOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLetter:
    """A letter a run drew. `due`: yen; `late`: 納期限 passed."""

    person_id: int
    addressee_number: str
    name: str
    notice_number: str
    installment: str
    due_date: date
    due: int
    late: bool
    claim_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FallenLetter:
    """A letter that fell out of a run after it was drawn."""

    person_id: int
    addressee_number: str
    name: str
    notice_number: str
    installment: str
    due_date: date
    claim_id: int


def count_drawn(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count the runs that wait for approval."""
    row = connection.execute(
        "SELECT count(*) FROM dunning_run WHERE municipality_code = %s AND state = 'drawn'", [municipality_code]
    ).fetchone()
    return int(row[0]) if row else 0


def runs_of(connection: psycopg.Connection, municipality_code: str) -> list[Run]:
    """List the runs, the latest first."""
    return [_run(row) for row in connection.execute(f"{_RUN} ORDER BY drawn_at DESC, id", [municipality_code])]


def run_of(connection: psycopg.Connection, municipality_code: str, run_id: UUID) -> Run | None:
    """Read a run; None where the municipality has none such."""
    row = connection.execute(f"{_RUN} AND id = %s", [municipality_code, run_id]).fetchone()
    return None if row is None else _run(row)


def letters_of(connection: psycopg.Connection, run: Run) -> list[RunLetter]:
    """List the letters a run drew, in the order of names."""
    with connection.cursor(row_factory=class_row(RunLetter)) as cursor:
        return cursor.execute(
            "SELECT taxpayer.id AS person_id, taxpayer.addressee_number, taxpayer.name, notice_number,"
            " installment,"
            " (line->>'due_date')::date AS due_date, (line->>'due')::bigint AS due, (line->>'late')::boolean AS late,"
            " claim.id AS claim_id"
            " FROM dunning_run, jsonb_array_elements(dunning_run.lines) AS line"
            " JOIN claim ON claim.id = (line->>'claim_id')::bigint JOIN notice ON notice.id = claim.notice_id"
            " JOIN taxpayer USING (municipality_code, addressee_number)"
            " WHERE dunning_run.id = %s ORDER BY taxpayer.search_kana, taxpayer.id, 5, claim.id",
            [run.id],
        ).fetchall()


def fallen_of(connection: psycopg.Connection, fallen: Iterable[tuple[int, date]]) -> list[FallenLetter]:
    """Name what fell out, given by claim and 納期限, in the order of names."""
    keys = list(fallen)
    with connection.cursor(row_factory=class_row(FallenLetter)) as cursor:
        return cursor.execute(
            "SELECT taxpayer.id AS person_id, taxpayer.addressee_number, taxpayer.name, notice_number,"
            " installment, line.due_date,"
            " claim.id AS claim_id"
            " FROM unnest(%s::bigint[], %s::date[]) AS line (claim_id, due_date) JOIN claim ON claim.id = claim_id"
            " JOIN notice ON notice.id = claim.notice_id JOIN taxpayer USING (municipality_code, addressee_number)"
            " ORDER BY taxpayer.search_kana, taxpayer.id, line.due_date, claim.id",
            [[claim_id for claim_id, _ in keys], [due_date for _, due_date in keys]],
        ).fetchall()


def _run(row: TupleRow) -> Run:
    *plain, coverage, fallen = row
    return Run(*(*plain, reach_from_json(coverage), fallen_from_json(fallen)))
