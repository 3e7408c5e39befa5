"""Whether every generation is still as it was activated: as many versions begin and end with it as were counted then.

Facts are versions. The record of a load says how many it wrote and closed; here they are counted anew, table by table.
What was erased since begins nowhere: of those generations fewer are there, by no more than the erasures say.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from kofu.contracts.feed import FeedKind
from kofu.contracts.feed_tables import tables_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationsCounted:
    """How many generations were looked at, the newest first to differ, and whether the pointer leads to the newest."""

    generations: int
    differ: tuple[int, ...]
    pointer_leads: bool

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return self.pointer_leads and not self.differ


def count_generations(connection: psycopg.Connection, municipality_code: str) -> GenerationsCounted:
    """Count the versions of every generation of a municipality."""
    erased = connection.execute(
        "SELECT coalesce(sum(assessments_erased + collections_erased), 0)::bigint, coalesce(max(data_generation), 0)"
        " FROM erasure WHERE municipality_code = %s",
        [municipality_code],
    ).fetchone()
    erasures, until = erased or (0, 0)
    differ, looked, missing = [], 0, 0
    for kind in FeedKind:
        begun, ended = (
            " UNION ALL ".join(
                f"SELECT {edge}_generation AS number FROM fact_{table.name} WHERE municipality_code = %(code)s"
                for table in tables_of(kind)
            )
            for edge in ("from", "to")
        )
        rows = connection.execute(
            "SELECT number, rows_added, rows_closed, coalesce(begun.versions, 0), coalesce(ended.versions, 0)"
            " FROM generation"
            f" LEFT JOIN (SELECT number, count(*) AS versions FROM ({begun}) AS b GROUP BY number) AS begun"
            " USING (number)"
            f" LEFT JOIN (SELECT number, count(*) AS versions FROM ({ended}) AS e GROUP BY number) AS ended"
            " USING (number)"
            " WHERE municipality_code = %(code)s AND feed = %(feed)s ORDER BY number DESC",
            {"code": municipality_code, "feed": kind.value},
        ).fetchall()
        looked += len(rows)
        for number, added, closed, begins, ends in rows:
            if begins > added or ends > closed or (number > until and (begins, ends) != (added, closed)):
                differ.append(number)
            missing += added - begins
    if missing > erasures:
        differ.append(until)
    pointer = connection.execute(
        "SELECT data_generation = (SELECT max(number) FROM generation WHERE municipality_code = %(code)s)"
        " FROM active_generation WHERE municipality_code = %(code)s",
        {"code": municipality_code},
    ).fetchone()
    return GenerationsCounted(
        generations=looked,
        differ=tuple(sorted(set(differ), reverse=True)),
        pointer_leads=looked == 0 or bool(pointer and pointer[0]),
    )
