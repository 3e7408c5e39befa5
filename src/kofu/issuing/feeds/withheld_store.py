"""What the gates ask of the database about what was held back: holds that ended unsaid, protected people's addresses.

Read inside the transaction of the load, like `judgement_store`. Holds are messages that are only ever added (P7): none
may be missing that was there at the load before, and who left a negative state of the registry was released by one.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from kofu.contracts.feed import FeedKind, Table
from kofu.contracts.feed_tables import ASSESSMENTS, RESIDENTS
from kofu.core.kinds import HoldKind
from kofu.issuing.feeds.feed_store import Load, closed_name, opened_name, staging_name

HOLDS_KNOWN, HOLDS_HEARD_UNTIL = "holds_known", "holds_heard_until"
_MICROSECONDS = "(extract(epoch FROM received_at) * 1000000)::bigint"
_OPENED = (
    "n.municipality_code = %(municipality)s AND n.from_generation = %(generation)s"
    " AND n.to_generation = %(still_valid)s"
)
#: What stood until this load: it ends with it, or still stands.
_UNTIL_NOW = (
    "{0}.municipality_code = n.municipality_code AND {0}.from_generation < %(generation)s"
    " AND {0}.to_generation >= %(generation)s"
)

#: States of residents.csv that end by a release (転出の取消し, 職権消除の回復), and the hold beside each. Death has a
#: gate of its own: nobody comes back from it.
_RELEASED_BY = {"moving_out": HoldKind.MOVING_OUT, "deleted": HoldKind.DELETED}
#: The address each table states of a person, and which feed brings it.
_ADDRESSES = {
    FeedKind.RESIDENT: (RESIDENTS, "address"),
    FeedKind.TAX: (ASSESSMENTS, "address_at_assessment"),
}


def known_holds(connection: psycopg.Connection, load: Load) -> dict[str, int]:
    """Count the holds there are, released ones included, and until when they were received (microseconds of the epoch).

    Kept with the generation: the next load counts again what was received until then.
    """
    row = connection.execute(
        f"SELECT count(DISTINCT hold_id), coalesce(max({_MICROSECONDS}), 0) FROM hold_message"
        " WHERE municipality_code = %(municipality)s",
        load.parameters,
    ).fetchone()
    known, until = row or (0, 0)
    return {HOLDS_KNOWN: known, HOLDS_HEARD_UNTIL: until}


def count_vanished(connection: psycopg.Connection, load: Load, recorded: Mapping[str, int]) -> int:
    """Count the holds of the load before that are not there any more, not even as released."""
    if HOLDS_KNOWN not in recorded:
        return 0
    row = connection.execute(
        "SELECT count(DISTINCT hold_id) FROM hold_message WHERE municipality_code = %(municipality)s"
        f" AND {_MICROSECONDS} <= %(until)s",
        load.parameters | {"until": recorded[HOLDS_HEARD_UNTIL]},
    ).fetchone()
    return max(recorded[HOLDS_KNOWN] - (row[0] if row else 0), 0)


def lines_of_unreleased(connection: psycopg.Connection, load: Load) -> list[int]:
    """Give the lines of who lives here again after 転出届 or 職権消除, and of whom no release was received since."""
    rows = connection.execute(
        f"SELECT s.line_number FROM {opened_name(RESIDENTS)} n"
        f" JOIN {closed_name(RESIDENTS)} o ON o.municipality_code = n.municipality_code"
        " AND o.addressee_number = n.addressee_number AND o.to_generation = %(generation)s"
        f" JOIN {staging_name(RESIDENTS)} s ON s.addressee_number = n.addressee_number"
        f" WHERE {_OPENED} AND n.status = 'resident' AND o.status = ANY(%(states)s) AND NOT EXISTS ("
        " SELECT FROM standing_hold h WHERE h.municipality_code = n.municipality_code AND h.released"
        " AND h.addressee_number = n.addressee_number AND h.kind = (%(kinds)s::text[])[array_position(%(states)s,"
        " o.status::text)] AND (h.sent_at AT TIME ZONE 'Asia/Tokyo')::date >= o.status_date) ORDER BY 1",
        load.parameters | {"states": list(_RELEASED_BY), "kinds": [kind.value for kind in _RELEASED_BY.values()]},
    )
    return [row[0] for row in rows]


def protected_addresses(
    connection: psycopg.Connection, kind: FeedKind, load: Load
) -> tuple[Table, str, dict[int, str]]:
    """Give table, column, and line → 宛名番号 of rows with an address of who is under 支援措置 that is new.

    Where the row stood before it said another: what was withheld shows, or somebody fled to there. A new row (a new
    year's) may say what the registry or another year of the person said until now.
    """
    table, column = _ADDRESSES[kind]
    same, before = (" AND ".join(f"{one}.{name} = n.{name}" for name in table.key) for one in ("s", "own"))
    own = f"SELECT FROM fact_{table.name} own WHERE {before} AND {_UNTIL_NOW.format('own')}"
    said = " OR ".join(
        f"EXISTS (SELECT FROM fact_{one.name} o WHERE o.addressee_number = n.addressee_number"
        f" AND {_UNTIL_NOW.format('o')} AND o.{cell} = n.{column})"
        for one, cell in _ADDRESSES.values()
    )
    rows = connection.execute(
        f"SELECT s.line_number, n.addressee_number FROM {opened_name(table)} n JOIN {staging_name(table)} s ON {same}"
        f" WHERE {_OPENED} AND EXISTS (SELECT FROM standing_hold h WHERE h.municipality_code = n.municipality_code"
        f" AND h.addressee_number = n.addressee_number AND h.kind = '{HoldKind.PROTECTION}' AND NOT h.released)"
        f" AND CASE WHEN EXISTS ({own}) THEN NOT EXISTS ({own} AND own.{column} = n.{column}) ELSE NOT ({said}) END"
        " ORDER BY 1",
        load.parameters,
    )
    return table, column, dict(rows.fetchall())
