"""移行 of 賦課情報: what the full tax feed states of each person and year becomes the first version the ledger holds.

Set-based, in one transaction: copied as it is, compared with the manifest, put in where missing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psycopg

from kofu.contracts.feed import ColumnType, Manifest
from kofu.contracts.feed_tables import ASSESSMENTS
from kofu.core.errors import PeerFault
from kofu.core.transposition import NO_TABLES, TranspositionTables
from kofu.judgement.marks import TEXTS
from kofu.ledger.feed.stated import STATEMENT_COLUMNS

_TYPES = {
    ColumnType.YEN: "bigint",
    ColumnType.COUNT: "integer",
    ColumnType.YEAR: "smallint",
    ColumnType.FLAG: "boolean",
}


@dataclass(frozen=True, slots=True)
class TakenStatements:
    """How many statements were new, and how often each 外字 code was put as a character in their texts."""

    new: int
    transposed: Counter[str]


def take_statements(
    connection: psycopg.Connection,
    folder: Path,
    manifest: Manifest,
    actor: str,
    tables: TranspositionTables = NO_TABLES,
) -> TakenStatements:
    """Take `assessments.csv` over and note the feed's generation.

    Through a connection of the owner (it makes a temporary table). The next feed of the ledger follows `manifest`'s
    generation. Raises `PeerFault` `wrong_totals` where rows or control totals are not those of the manifest.
    """
    columns = ", ".join(f"{column.name} {_TYPES.get(column.type, 'text')} NOT NULL" for column in ASSESSMENTS.columns)
    names = ", ".join(ASSESSMENTS.column_names)
    kept = ", ".join(STATEMENT_COLUMNS)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE taken_statement ({columns}) ON COMMIT DROP")
        with (
            (folder / ASSESSMENTS.file_name).open("rb") as file,
            cursor.copy(f"COPY taken_statement ({names}) FROM STDIN (FORMAT csv, HEADER match)") as copy,
        ):
            while block := file.read(1 << 20):
                copy.write(block)
        _require_totals(cursor, manifest)
        transposed = _transpose(cursor, tables)
        taken = cursor.execute(
            f"INSERT INTO assessment_statement (municipality_code, version, removed, reason, source, actor, {kept})"
            f" SELECT %s, 1, false, '', %s, %s, {kept} FROM taken_statement"
            " ON CONFLICT (municipality_code, addressee_number, fiscal_year, version) DO NOTHING",
            [manifest.municipality_code, f"移行　第{manifest.generation}世代", actor],
        ).rowcount
        cursor.execute(
            "INSERT INTO feed_generation (municipality_code, generation, mode, business_date, created_at, folder,"
            " manifest_sha256, files) VALUES (%s, %s, 'taken_over', %s, %s, '', '', '[]') ON CONFLICT DO NOTHING",
            [manifest.municipality_code, manifest.generation, manifest.business_date, manifest.created_at],
        )
    connection.execute("ANALYZE assessment_statement (municipality_code, addressee_number, fiscal_year, version)")
    return TakenStatements(taken, transposed)


def _transpose(cursor: psycopg.Cursor, tables: TranspositionTables) -> Counter[str]:
    """Put 外字 codes as characters in the staged texts, each distinct text once."""
    counts: Counter[str] = Counter()
    if not tables.marks:
        return counts
    marks = f"[{''.join(sorted(tables.marks))}]"
    for column in TEXTS[ASSESSMENTS.name]:
        found = cursor.execute(
            f"SELECT {column}, count(*) FROM taken_statement WHERE {column} ~ %s GROUP BY {column}", [marks]
        ).fetchall()
        for text, rows in found:
            put = tables.transpose(text)
            if put.counts:
                cursor.execute(f"UPDATE taken_statement SET {column} = %s WHERE {column} = %s", [put.text, text])
                counts += Counter({code: times * rows for code, times in put.counts.items()})
    return counts


def _require_totals(cursor: psycopg.Cursor, manifest: Manifest) -> None:
    file = next(file for file in manifest.files if file.name == ASSESSMENTS.file_name)
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in ASSESSMENTS.total_columns)
    found = cursor.execute(f"SELECT count(*), {sums} FROM taken_statement").fetchone()
    expected = (file.rows, *(file.control_totals[name] for name in ASSESSMENTS.total_columns))
    if found != expected:
        raise PeerFault("wrong_totals", f"{file.name}: rows and totals are {found}, the manifest says {expected}")
