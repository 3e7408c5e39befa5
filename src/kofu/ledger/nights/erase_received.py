"""Erasing what was received and drawn up, and feeds that arrived: copies of a claim go before it is out of reach.

A claim is out of reach at the earliest five years after it ended (不納欠損), so a file that came, or a list that was
drawn, before that is erased by then. What was counted stays: rows, totals, digests, who decided.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg

from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS
from kofu.core.calendar import day_in_japan
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.platform.retention import note_run

YEARS_KEPT = 5

# `%(before)s`: the first day of receipt that is kept.
_DECIDED = "received_at < %(before)s AND state IN ('posted', 'rejected')"
_NOT_HELD = "received_at < %(before)s AND state <> 'held'"
_BATCHES = f"""
    UPDATE batch SET content = NULL, second = NULL, slips = NULL
    WHERE municipality_code = %(code)s AND {_DECIDED}
        AND (content IS NOT NULL OR second IS NOT NULL OR slips IS NOT NULL)
"""
_PROBLEMS = f"""
    UPDATE batch_problem SET message = '' FROM batch
    WHERE batch.id = batch_id AND municipality_code = %(code)s AND {_DECIDED} AND message <> ''
"""
_FILES = f"""
    UPDATE received_file SET content = '' WHERE municipality_code = %(code)s AND {_NOT_HELD} AND content <> ''
"""
_REFUND_FILES = f"""
    UPDATE refund_file SET second = NULL, slips = NULL FROM received_file
    WHERE received_file.id = file_id AND municipality_code = %(code)s AND {_NOT_HELD}
        AND (second IS NOT NULL OR slips IS NOT NULL)
"""
_RUNS = """
    UPDATE dunning_run SET lines = '[]', fallen = '[]'
    WHERE municipality_code = %(code)s AND sent_on < %(before)s AND state = 'sent' AND lines <> '[]'
"""
_ERASED = {"received-files": (_BATCHES, _PROBLEMS, _FILES, _REFUND_FILES), "dunning-lists": (_RUNS,)}


def first_day_kept(today: date) -> date:
    """Give the first day whose files are kept on `today`: five years back by the calendar (民法143条)."""
    leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year - YEARS_KEPT, day=28 if leap_day else today.day)


def erase_received(connection: psycopg.Connection, municipality_code: str, *, acting: Acting) -> int:
    """Erase the content of files received, and lists of 督促 sent, more than five years ago; give how many rows."""
    values = {"code": municipality_code, "before": first_day_kept(day_in_japan(acting.now))}
    ended = 0
    with connection.transaction():
        for code, statements in _ERASED.items():
            rows = sum(connection.execute(statement, values).rowcount for statement in statements)
            note_run(connection, code, acting.now, rows)
            if rows:
                record(connection, acting, "received.erase", "erased", what=code, rows=rows)
            ended += rows
    return ended


def erase_sent_feeds(connection: psycopg.Connection, municipality_code: str, out: Path, *, acting: Acting) -> int:
    """Delete the row files of every feed `issuing` is past; the signed manifests stay. Gives how many files went."""
    folders = connection.execute(
        "SELECT folder FROM feed_generation WHERE municipality_code = %s AND delivered_at IS NOT NULL AND folder <> ''",
        [municipality_code],
    ).fetchall()
    files = [out / folder / table.file_name for (folder,) in folders for table in (ASSESSMENTS, COLLECTIONS)]
    there = [path for path in files if path.exists()]
    for path in there:
        path.unlink()
    with connection.transaction():
        note_run(connection, "feeds-sent", acting.now, len(there))
        if there:
            record(connection, acting, "feed.erase", "erased", files=len(there))
    return len(there)
