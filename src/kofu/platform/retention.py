"""保管と消去: what is kept how long, as data; the job that ends it; and when the job last ran.

`retention.toml` is the one table. A rule without a job or a test does not load.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

import psycopg

from kofu.core.errors import OurFault

TABLE = Path(__file__).with_name("retention.toml")
FORMAT = "kofu-retention/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """One row of the table.

    `system` holds it; `what` it is, `rule` and `source` (a sentence of the ward's assessment, or the law) in Japanese.
    `job`: `module:name`. `test`: `path::name`. `runs`: the job notes its runs (`note_run`); what has no runs is ended
    at once by the work itself.
    """

    code: str
    system: str
    what: str
    rule: str
    source: str
    job: str
    test: str
    runs: bool


@dataclass(frozen=True, slots=True)
class LastRun:
    """When a job last ran, and how many things it ended."""

    ran_at: datetime
    ended: int


def read_rules(text: str) -> tuple[RetentionRule, ...]:
    """Read the table. Raises `OurFault` `retention_rule` naming a row that lacks a word, its job or its test."""
    table = tomllib.loads(text)
    if table.get("format") != FORMAT:
        raise OurFault("retention_rule", f"the table of retention says {table.get('format')!r}, not {FORMAT}")
    return tuple(_rule(row) for row in table["rules"])


def retention_rules() -> tuple[RetentionRule, ...]:
    """Give the rules this program keeps."""
    return read_rules(TABLE.read_text(encoding="utf-8"))


def note_run(connection: psycopg.Connection, code: str, at: datetime, ended: int) -> None:
    """Note that a job ran, in the caller's transaction."""
    connection.execute(
        "INSERT INTO retention_run (code, ran_at, ended) VALUES (%s, %s, %s)"
        " ON CONFLICT (code) DO UPDATE SET ran_at = EXCLUDED.ran_at, ended = EXCLUDED.ended",
        [code, at, ended],
    )


def last_runs(connection: psycopg.Connection) -> dict[str, LastRun]:
    """Give the last run of every job of this system's database."""
    rows = connection.execute("SELECT code, ran_at, ended FROM retention_run")
    return {code: LastRun(ran_at, ended) for code, ran_at, ended in rows}


def _rule(row: Mapping[str, object]) -> RetentionRule:
    names = [field.name for field in fields(RetentionRule)]
    if sorted(row) != sorted(names):
        raise OurFault("retention_rule", f"{row.get('code', 'a rule')} says {sorted(row)}, and not {sorted(names)}")
    words = {name: row[name] for name in names if name != "runs"}
    if not all(isinstance(word, str) and word for word in words.values()) or not isinstance(row["runs"], bool):
        raise OurFault("retention_rule", f"{row['code']}: every word stands, with the job and its test")
    return RetentionRule(runs=row["runs"], **{name: str(word) for name, word in words.items()})
