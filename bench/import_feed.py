"""Import of a synthetic ward's tax feed next to a bare COPY of the same rows, in the same run, on the same server.

    PYTHONPATH=src python bench/import_feed.py [PEOPLE]      # 350,000 people × 4 years: about 1.4 M assessments

Both are measured in turn, in as many empty databases as there are pairs: what the machine has besides changes from one
minute to the next, and the median of the pairs says least of it. After them the difference of a day: a hundredth of the
rows changed, an address here, a yen paid there. The bare COPY writes the CSV files as they are into tables of the same
columns and types, logged, without index, check or digest: the least any import could do. `run()` returns a JSON-able
dict.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

import polars as pl
import psycopg
from progress import counted, measured_apart, say, timed
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kofu.contracts.feed import FeedKind, FeedMode
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS, tables_of
from kofu.issuing.feeds.feed_store import column_type
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.platform.feeds import open_feed, public_key, signing_key
from kofu.ward.make import make_ward
from kofu.ward.people import Municipality, WardPlan

WARD = Municipality(code="139998", name="東京都見本区")
DAY = date(2026, 11, 22)
SLICE_BYTES = 8 * 1024 * 1024
PAIRS = 3
CHANGED_EVERY = 100  # of the rows of a whole feed one stands in the difference


def bare_copy(url: str, feed: Path) -> float:
    """Seconds of a COPY of the feed's files into plain tables."""
    with psycopg.connect(url) as connection:
        for table in tables_of(FeedKind.TAX):
            columns = ", ".join(f"{column.name} {column_type(column)} NOT NULL" for column in table.columns)
            connection.execute(f"CREATE TABLE bare_{table.name} ({columns})")
        connection.commit()
        started = time.perf_counter()
        for table in tables_of(FeedKind.TAX):
            names = ", ".join(table.column_names)
            statement = f"COPY bare_{table.name} FROM STDIN (FORMAT csv, HEADER, FORCE_NOT_NULL ({names}))"
            with (
                (feed / table.file_name).open("rb") as file,
                connection.cursor() as cursor,
                cursor.copy(statement) as copy,
            ):
                while data := file.read(SLICE_BYTES):
                    copy.write(data)
        connection.commit()
        seconds = time.perf_counter() - started
        for table in tables_of(FeedKind.TAX):
            connection.execute(f"DROP TABLE bare_{table.name}")
        return seconds


def write_difference(feed: Path, into: Path, keys: Path) -> None:
    """Write the feed of the day after: of every hundredth assessment the address, of as many open notices a yen."""
    first_paid = pl.col("paid").str.extract(r"^([0-9]+)").cast(pl.Int64)
    is_open = (first_paid > 0) & (pl.col("paid_total").cast(pl.Int64) < pl.col("assessed_total").cast(pl.Int64))
    moved = {"address_at_assessment": pl.col("address_at_assessment") + "　別館"}
    paid_less = {
        "paid": (first_paid - 1).cast(pl.String) + pl.col("paid").str.replace(r"^[0-9]+", ""),
        "paid_total": (pl.col("paid_total").cast(pl.Int64) - 1).cast(pl.String),
    }
    changes = ((ASSESSMENTS, moved, pl.lit(value=True)), (COLLECTIONS, paid_less, is_open))
    with open_feed(
        into,
        FeedKind.TAX,
        municipality_code=WARD.code,
        generation=2,
        mode=FeedMode.DIFFERENCE,
        base_generation=1,
        business_date=DAY,
        created_at=datetime.now(UTC),
        signing_key=signing_key(keys, FeedKind.TAX),
    ) as writer:
        for table, cells, where in changes:
            rows = pl.scan_csv(feed / table.file_name, schema=dict.fromkeys(table.column_names, pl.String))
            wanted = rows.select(pl.len()).collect().item() // CHANGED_EVERY
            rows = rows.filter(where).head(wanted).with_columns(**cells)
            writer.table(table.name).write_frame(rows.cast(dict.fromkeys(table.total_columns, pl.Int64)).collect())


def imported(url: str, feed: Path, keys: Path) -> dict[str, object]:
    """Import in a process of its own, so that its peak memory is the import's alone."""
    figures: dict[str, object] = measured_apart(__file__, "--import", url, str(feed), str(keys))
    return figures


class Steps:
    """Says how far the import is."""

    def begin(self, phase: str, total_bytes: int, rows: int) -> None:
        say(f"{phase}, {rows:,} rows …")
        self.progress, self.done = counted(f"{phase}, bytes", total_bytes), 0

    def advance(self, done_bytes: int) -> None:
        self.done += done_bytes
        self.progress(self.done)


def import_here(url: str, feed: Path, keys: Path) -> dict[str, object]:
    started = time.perf_counter()
    report = import_feed(
        lambda: psycopg.connect(url),
        feed,
        keys={FeedKind.TAX: public_key(keys, FeedKind.TAX)},
        municipality_code=WARD.code,
        now=datetime(2026, 11, 23, tzinfo=UTC),
        actor="bench",
        progress=Steps(),
    )
    seconds = time.perf_counter() - started
    assert report.outcome in {ImportOutcome.ACTIVATED, ImportOutcome.ALREADY_ACTIVE}, report
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"rows": report.rows, "seconds": seconds, "peak_megabytes": peak}


@contextmanager
def empty_again(admin_url: str, owner_url: str, number: int) -> Iterator[str]:
    """Give the owner's way into a copy of the empty database; it is gone afterwards."""
    said = conninfo_to_dict(owner_url)
    empty, owner = str(said["dbname"]), sql.Identifier(str(said["user"]))
    name = f"{empty}_{number}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
        admin.execute(words.format(sql.Identifier(name), sql.Identifier(empty), owner))
        try:
            yield make_conninfo(owner_url, dbname=name)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def run(admin_url: str, owner_url: str, folder: Path, *, people: int = 350_000) -> dict[str, object]:
    """Make the ward in `folder`, copy it barely and import it, in turn; give the figures."""
    keys = folder / "keys"
    feed, difference = folder / "tax-0001", folder / "tax-0002"
    plan = WardPlan(municipality=WARD, seed=1, size=people, day=DAY)
    progress = counted("people", people)
    timed("make the ward", lambda: make_ward(folder, plan, created_at=datetime.now(UTC), keys=keys, progress=progress))
    bare: list[float] = []
    done: list[dict[str, object]] = []

    def taken_in(what: str, url: str, feed: Path) -> None:
        timed(what, lambda: done.append(imported(url, feed, keys)))

    for number in range(1, PAIRS + 1):
        with empty_again(admin_url, owner_url, number) as url:
            say(f"bare COPY, {number} of {PAIRS} …")
            bare.append(bare_copy(url, feed))
            say(f"bare COPY: {bare[-1]:.1f} s")
            taken_in("import", url, feed)
            if number == PAIRS:
                write_difference(feed, difference, keys)
                taken_in("import the difference", url, difference)
    changed = done.pop()
    rows, seconds = int(str(done[0]["rows"])), [float(str(one["seconds"])) for one in done]
    ratios = [one / other for one, other in zip(seconds, bare, strict=True)]
    return {
        "benchmark": "import_feed",
        "people": people,
        "rows": rows,
        "megabytes": sum(path.stat().st_size for path in feed.glob("*.csv")) // 1024 // 1024,
        "bare_copy_seconds": round(median(bare), 2),
        "bare_copy_rows_per_second": round(rows / median(bare)),
        "import_seconds": round(median(seconds), 2),
        "import_rows_per_second": round(rows / median(seconds)),
        "ratio": round(median(ratios), 2),
        "ratio_of_each_pair": [round(one, 2) for one in ratios],
        "difference_rows": changed["rows"],
        "difference_seconds": round(float(str(changed["seconds"])), 2),
        "peak_megabytes": max(int(str(one["peak_megabytes"])) for one in done),
    }


def main() -> None:
    if sys.argv[1:2] == ["--import"]:
        url, feed, keys = sys.argv[2:]
        print(json.dumps(import_here(url, Path(feed), Path(keys))))
        return
    from kofu.platform.migrate import migrate
    from kofu.platform.postgres import ensure_system_database, start_embedded

    people = int(sys.argv[1]) if sys.argv[1:] else 350_000
    with tempfile.TemporaryDirectory(prefix="kofu-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = start_embedded(folder / "postgres")
        try:
            database = ensure_system_database(server.admin_url, "issuing", secret=b"bench only")
            migrate("issuing", database.owner_url)
            result = run(server.admin_url, database.owner_url, folder / "ward", people=people)
        finally:
            server.stop()
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
