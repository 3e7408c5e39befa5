"""Looking: a check's function is asked now, and what it found is put on record in the system's database."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

import psycopg
from psycopg.rows import dict_row

from kofu.core.errors import KofuError, OurFault
from kofu.evidence.domain.promises import EvidenceCheck
from kofu.evidence.domain.standing import EvidenceFinding, EvidenceVerdict, KeptEntry, TakenLook, not_seen
from kofu.evidence.ground import EvidenceGround


def look(check: EvidenceCheck, ground: EvidenceGround, by: str) -> TakenLook:
    """Look now. What cannot be reached or asked is `not_seen`, told by its kind: a driver's words may quote rows."""
    module, _, name = check.function.partition(":")
    function = getattr(import_module(module), name)
    try:
        found: object = function(ground)
    except psycopg.OperationalError:
        found = not_seen("データベースに接続できません。")
    except psycopg.Error as error:
        found = not_seen(f"データベースが答えません（{type(error).__name__}）。")
    except KofuError as error:
        found = not_seen(f"この場所からは確かめられません（{error.code}）。")
    except OSError as error:
        found = not_seen(f"ファイルか回線に届きません（{type(error).__name__}）。")
    if not isinstance(found, EvidenceFinding):
        raise OurFault("no_finding", f"{check.function} gave no finding")
    return TakenLook(code=check.code, system=ground.system, finding=found, looked_at=ground.now, looked_by=by)


def keep(connection: psycopg.Connection, looks: Iterable[TakenLook]) -> None:
    """Put looks on record, in the caller's transaction."""
    connection.cursor().executemany(
        "INSERT INTO evidence_look (code, system, looked_at, verdict, found, looked_by)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [[one.code, one.system, one.looked_at, one.finding.verdict, one.finding.found, one.looked_by] for one in looks],
    )


def last_looks(connection: psycopg.Connection, checks: Iterable[EvidenceCheck]) -> list[TakenLook]:
    """Give the last look of each of `checks` in each of its systems, as this database has them.

    One step of the index for each: looks are never erased, and the home page asks.
    """
    asked = [(one.code, system) for one in checks for system in one.systems]
    rows = connection.execute(
        "SELECT code, system, looked_at, verdict, found, looked_by"
        " FROM unnest(%s::text[], %s::text[]) AS asked(asked_code, asked_system) CROSS JOIN LATERAL ("
        " SELECT * FROM evidence_look WHERE code = asked_code AND system = asked_system"
        " ORDER BY looked_at DESC, id DESC LIMIT 1) AS last",
        [[code for code, _ in asked], [system for _, system in asked]],
    )
    return [
        TakenLook(
            code=code,
            system=system,
            finding=EvidenceFinding(EvidenceVerdict(verdict), found),
            looked_at=at,
            looked_by=by,
        )
        for code, system, at, verdict, found, by in rows
    ]


def last_kept(connection: psycopg.Connection) -> dict[int, KeptEntry]:
    """Give the last entry written down by hand, by the number of its promise."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT DISTINCT ON (promise) promise, kept_on, next_due, person, place, entered_by FROM evidence_kept"
            " ORDER BY promise, entered_at DESC, id DESC"
        ).fetchall()
    return {row["promise"]: KeptEntry(**row) for row in rows}
