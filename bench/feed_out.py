"""The nightly tax feed out of the ledger itself: everything, then the difference after a day of payments.

    PYTHONPATH=src python bench/feed_out.py [RECORDS] [FOLDER]   # default 1,400,000 records, a folder that goes again

The ledger is taken over from a ward of 140,000 records and multiplied inside the database to the size asked for: the
same people again under other numbers. With FOLDER, ward and database stay there, and another run goes on with them.
Seconds of the clock and of the processor are told apart: of the database's processes too, from the kernel's own count,
since other work may run on the machine.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from progress import counted, measured_apart, say, timed

from kofu.cli.up.ledger_feeds import INVENTED
from kofu.contracts.assessment_tables import STATED_COLUMNS
from kofu.contracts.feed import FeedKind
from kofu.ledger.feed.night import run_night
from kofu.ledger.taking_over.take_over import take_over
from kofu.platform.feeds import public_key, signing_key
from kofu.ward.make import WardFolder, make_ward
from kofu.ward.people import Municipality, WardPlan

WARD = Municipality(code="139998", name="東京都見本区")
RECORDS_TAKEN_OVER = 140_000
RECORDS_PER_PERSON = 6.0
DAY = date(2026, 11, 22)
PAID_PER_NIGHT = 0.01
TICKS = os.sysconf("SC_CLK_TCK")


def database_seconds(pid: int) -> float:
    """Processor seconds of the backend that serves a connection."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def night_here(url: str, folder: Path, *, full: bool) -> dict[str, object]:
    """Write one feed; what it took."""
    opened: list[psycopg.Connection] = []
    spent: list[float] = []

    class Measured(psycopg.Connection):
        """Notes the processor time of its backend before it goes."""

        def close(self) -> None:
            if not self.closed:
                spent.append(database_seconds(self.info.backend_pid))
            super().close()

    def connect() -> psycopg.Connection:
        opened.append(Measured.connect(url, autocommit=True))
        return opened[-1]

    began = time.perf_counter()
    report = run_night(
        connect,
        municipality_code=WARD.code,
        out=folder / "feeds",
        business_date=DAY,
        key=signing_key(folder / "keys", FeedKind.TAX),
        actor="bench",
        clock=lambda: datetime.now(UTC),
        full=full,
        gates=INVENTED,  # what is measured is invented, too
    )
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "mode": report.mode,
        "rows": report.rows,
        "megabytes": sum(file.bytes for file in report.files) // 1_000_000,
        "seconds": round(seconds, 1),
        "seconds_in_python": round(used.ru_utime + used.ru_stime, 1),
        "seconds_in_database": round(sum(spent), 1),
        "rows_per_second": round(report.rows / seconds),
        "peak_megabytes": used.ru_maxrss // 1024,
    }


def night(url: str, folder: Path, *, full: bool) -> dict[str, object]:
    """Write one feed in a process of its own, so that its peak memory is the night's alone."""
    say(f"write the feed, {'full' if full else 'difference'} …")
    done: dict[str, object] = measured_apart(__file__, "--night", url, str(folder), "full" if full else "difference")
    say(f"{done}")
    return done


def build(owner_url: str, folder: Path, people: int) -> None:
    """Make the ward and take it over, each where that was not done before."""
    keys, at = folder / "keys", WardFolder(folder=folder / "ward")
    if not at.tax_feed.exists():
        plan = WardPlan(municipality=WARD, seed=1, size=people, day=DAY)
        progress = counted("people", people)
        timed(
            "make the ward",
            lambda: make_ward(at.folder, plan, created_at=datetime.now(UTC), keys=keys, progress=progress),
        )
    with psycopg.connect(owner_url, autocommit=True) as connection:
        known = connection.execute("SELECT EXISTS (SELECT FROM feed_run)").fetchone()
        if not (known and known[0]):
            timed(
                "take it over",
                lambda: take_over(
                    connection,
                    tax_feed=at.tax_feed,
                    resident_feed=at.resident_feed,
                    keys={kind: public_key(keys, kind) for kind in FeedKind},
                    actor="bench",
                    progress=counted("notices"),
                ),
            )


def multiply(owner_url: str, times: int) -> None:
    """Put everybody in again under other numbers, `times` - 1 times, where that was not done before."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        done = connection.execute("SELECT EXISTS (SELECT FROM notice WHERE notice_number LIKE '1x%')").fetchone()
        if done and done[0]:
            return
        names = ", ".join(column.name for column in STATED_COLUMNS)
        last = connection.execute("SELECT max(notice.id), (SELECT max(id) FROM claim) FROM notice").fetchone() or (0, 0)
        for copy in range(1, times):
            step = {"copy": f"{copy}x", "notices": last[0] * copy, "claims": last[1] * copy, "n": last[0], "c": last[1]}
            for statement in _MULTIPLY:
                connection.execute(statement.format(names=names), step)
        for table in ("assessment_statement", "notice", "claim", "claim_balance"):
            connection.execute(f"VACUUM (ANALYZE) {table}")


_MULTIPLY = (
    """
    INSERT INTO assessment_statement (municipality_code, addressee_number, fiscal_year, version, removed, correcting,
        reason, source, actor, {names})
    SELECT municipality_code, %(copy)s || addressee_number, fiscal_year, version, removed, correcting, reason, source,
        actor, {names} FROM assessment_statement WHERE addressee_number NOT LIKE '%%x%%'
    """,
    """
    INSERT INTO notice (id, municipality_code, notice_number, addressee_number, tax, fiscal_year, origin_year,
        collection_method, statutory_due_date, plate_number, chassis_last4, inspected)
    SELECT id + %(notices)s, municipality_code, %(copy)s || notice_number, %(copy)s || addressee_number, tax,
        fiscal_year, origin_year, collection_method, statutory_due_date, plate_number, chassis_last4, inspected
    FROM notice WHERE id <= %(n)s
    """,
    """
    INSERT INTO claim (id, notice_id, installment, due_date)
    SELECT id + %(claims)s, notice_id + %(notices)s, installment, due_date FROM claim WHERE id <= %(c)s
    """,
    """
    INSERT INTO claim_balance (claim_id, assessed, paid, waived, written_off, interest_assessed, interest_paid,
        interest_waived, interest_written_off, settled_on)
    SELECT claim_id + %(claims)s, assessed, paid, waived, written_off, interest_assessed, interest_paid,
        interest_waived, interest_written_off, settled_on FROM claim_balance WHERE claim_id <= %(c)s
    """,
)


def pay(owner_url: str) -> int:
    """Let a hundredth of the notices change, as a day's payments do to their balances."""
    with psycopg.connect(owner_url) as connection:
        return connection.execute(
            "UPDATE claim_balance SET paid = paid - 1 WHERE paid > 1 AND claim_id IN (SELECT min(id) FROM claim"
            " GROUP BY notice_id HAVING notice_id %% %s = 0)",
            [round(1 / PAID_PER_NIGHT)],
        ).rowcount


def run(folder: Path, records: int) -> dict[str, object]:
    """Build, write everything, change a little, write the difference."""
    from kofu.platform.migrate import migrate
    from kofu.platform.postgres import ensure_system_database, start_embedded

    folder.chmod(0o755)
    server = start_embedded(folder / "postgres")
    try:
        database = ensure_system_database(server.admin_url, "ledger", secret=b"bench only", database="bench")
        migrate("ledger", database.owner_url)
        taken_over = min(records, RECORDS_TAKEN_OVER)
        build(database.owner_url, folder, round(taken_over / RECORDS_PER_PERSON))
        timed("multiply", lambda: multiply(database.owner_url, round(records / taken_over)))
        full = night(database.app_url, folder, full=True)
        changed = pay(database.owner_url)
        nights = [full, night(database.app_url, folder, full=False), night(database.app_url, folder, full=True)]
    finally:
        server.stop()
    return {
        "benchmark": "feed_out",
        "records": full["rows"],
        "changed": changed,
        "nights": nights,
    }


def main() -> None:
    if sys.argv[1:2] == ["--night"]:
        print(json.dumps(night_here(sys.argv[2], Path(sys.argv[3]), full=sys.argv[4] == "full")))
        return
    records = int(sys.argv[1]) if sys.argv[1:] else 1_400_000
    if sys.argv[2:]:
        folder = Path(sys.argv[2])
        folder.mkdir(parents=True, exist_ok=True)
        result = run(folder, records)
    else:
        with tempfile.TemporaryDirectory(prefix="kofu-bench-") as name:
            result = run(Path(name), records)
    print(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
