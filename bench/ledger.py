"""A ward's ledger of six years: taken over, a night's payments posted to it, a person's page read.

    PYTHONPATH=src python bench/ledger.py [PEOPLE] [FOLDER]      # default 350,000 people, in a folder that goes again

With FOLDER, ward and database stay there, and another run goes on with them: posting needs installments still open.
`bench/ledger_payments.py` measures posting alone, up to a million payments; here the ledger around it has its
real size.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from posted_payments import post_payments
from progress import counted, measured_apart, say, timed

from kofu.contracts.feed import FeedKind
from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.rates_file import rates
from kofu.ledger.people.find import person
from kofu.ledger.person.page import read_person
from kofu.ledger.taking_over.take_over import take_over
from kofu.platform.feeds import public_key
from kofu.platform.ordered_ids import ordered_id
from kofu.ward.make import WardFolder, make_ward
from kofu.ward.people import Municipality, WardPlan

WARD = Municipality(code="139998", name="東京都見本区")
YEARS = 6
DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 13, tzinfo=UTC)
RECEIVED = date(2026, 11, 20)
NIGHTS = (10_000, 100_000)
COLD_PAGES, PAGES = 20, 200


def open_claims(connection: psycopg.Connection, count: int) -> Iterator[Payment]:
    """Payments of installments nobody paid anything of, scattered over the whole ledger as a night's are."""
    with connection.transaction(), connection.cursor(name="open_claims") as cursor:
        cursor.itersize = 5_000
        cursor.execute(
            "SELECT notice_number, installment, due FROM claim_balance JOIN claim ON claim.id = claim_id"
            " JOIN notice ON notice.id = notice_id WHERE due > 0 AND due = assessed"
            " ORDER BY md5(notice_number), installment LIMIT %s",
            [count],
        )
        for notice_number, installment, due in cursor:
            yield Payment(
                payment_id=ordered_id(),
                municipality_code=WARD.code,
                key=f"bench/{notice_number}/{installment}",
                channel=Channel.CONVENIENCE,
                received_on=RECEIVED,
                booked_on=DAY,
                amount=due,
                notice_number=notice_number,
                installment=installment,
            )


def post_here(url: str, count: int) -> dict[str, object]:
    """Post a night's payments; the clock starts with the first one read."""
    with psycopg.connect(url, autocommit=True) as reading, psycopg.connect(url, autocommit=True) as connection:
        payments = open_claims(reading, count)
        first = next(payments, None)
        if first is None:
            raise SystemExit("no installment is open any more; measure in another folder")
        before = resource.getrusage(resource.RUSAGE_SELF)
        began = time.perf_counter()
        done = post_payments(
            connection,
            _chained(first, payments),
            municipality_code=WARD.code,
            rules=MatchingRules(rates()),
            now=NOW,
            booked_on=DAY,
        )
        seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "payments": done.total(),
        "seconds": round(seconds, 2),
        "seconds_in_python": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 2),
        "payments_per_second": round(done.total() / seconds),
        "microseconds_each": round(seconds / done.total() * 1_000_000),
        "peak_megabytes": used.ru_maxrss // 1024,
        "outcomes": {outcome.value: number for outcome, number in sorted(done.items())},
    }


def _chained(first: Payment, rest: Iterator[Payment]) -> Iterator[Payment]:
    yield first
    yield from rest


def posted(url: str, count: int) -> dict[str, object]:
    """Post in a process of its own, so that its peak memory is the posting's alone."""
    figures: dict[str, object] = measured_apart(__file__, "--post", url, str(count))
    return figures


def pages(url: str) -> dict[str, object]:
    """Read the pages of people drawn at random, each once; the first of them are told apart.

    They find neither rows nor indexes of theirs in memory: what was posted before them has filled it.
    """
    milliseconds: list[float] = []
    lines: list[int] = []
    with psycopg.connect(url, autocommit=True) as connection:
        (last,) = connection.execute("SELECT max(id) FROM taxpayer").fetchone() or (0,)
        drawn = random.Random(1)  # noqa: S311 - which pages are read, the same ones each time
        while len(milliseconds) < COLD_PAGES + PAGES:
            began = time.perf_counter()
            found = person(connection, WARD.code, drawn.randint(1, last))
            if found is None:
                continue
            page = read_person(connection, WARD.code, found)
            milliseconds.append((time.perf_counter() - began) * 1000)
            lines.append(len(page.claims))
    cold, warm = sorted(milliseconds[:COLD_PAGES]), sorted(milliseconds[COLD_PAGES:])
    return {
        "pages": PAGES,
        "milliseconds_p50": round(warm[PAGES // 2], 1),
        "milliseconds_p99": round(warm[PAGES * 99 // 100], 1),
        "pages_before_them": COLD_PAGES,
        "milliseconds_p50_before_them": round(cold[COLD_PAGES // 2], 1),
        "milliseconds_max_before_them": round(cold[-1], 1),
        "installments_on_the_longest": max(lines),
    }


def nights_of(still_open: int) -> tuple[int, ...]:
    """How many payments each night brings: `NIGHTS`, or what a small ledger has open, in the same proportion."""
    if still_open < len(NIGHTS):
        raise SystemExit(f"only {still_open} installments are open: measure with more people, or in another folder")
    share = min(1.0, still_open / sum(NIGHTS))
    return tuple(max(1, int(count * share)) for count in NIGHTS)


def count_open(owner_url: str) -> int:
    """Installments nobody paid anything of."""
    with psycopg.connect(owner_url) as connection:
        found = connection.execute("SELECT count(*) FROM claim_balance WHERE due > 0 AND due = assessed").fetchone()
    return found[0] if found else 0


def build(owner_url: str, folder: Path, people: int) -> dict[str, object]:
    """Make the ward and take it over, each where that was not done before."""
    keys, at = folder / "keys", WardFolder(folder=folder / "ward")
    if not at.tax_feed.exists():
        plan = WardPlan(municipality=WARD, seed=1, size=people, day=DAY, years=YEARS)
        progress = counted("people", people)
        timed(
            "make the ward",
            lambda: make_ward(at.folder, plan, created_at=datetime.now(UTC), keys=keys, progress=progress),
        )
    with psycopg.connect(owner_url, autocommit=True) as connection:
        in_use = connection.execute("SELECT EXISTS (SELECT FROM entry WHERE source = 'bench')").fetchone()
        if in_use and in_use[0]:
            seconds = None
        else:
            seconds = timed(
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
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM taxpayer), (SELECT count(*) FROM notice), (SELECT count(*) FROM claim),"
            " (SELECT count(*) FROM transfer), pg_database_size(current_database()) / 1024 / 1024"
        ).fetchone()
    names = ("taxpayers", "notices", "installments", "transfers", "database_megabytes")
    return {"taken_over_seconds": seconds, **dict(zip(names, counts or (), strict=True))}


def run(folder: Path, people: int) -> dict[str, object]:
    """Build, post, read; give the figures."""
    from kofu.platform.migrate import migrate
    from kofu.platform.postgres import ensure_system_database, start_embedded

    folder.chmod(0o755)
    server = start_embedded(folder / "postgres")
    try:
        database = ensure_system_database(server.admin_url, "ledger", secret=b"bench only", database="bench")
        migrate("ledger", database.owner_url)
        built = build(database.owner_url, folder, people)
        nights = []
        for count in nights_of(count_open(database.owner_url)):
            say(f"post {count:,} payments …")
            nights.append(posted(database.app_url, count))
            say(f"{nights[-1]}")
        say(f"read {COLD_PAGES + PAGES} people's pages …")
        read = pages(database.app_url)
    finally:
        server.stop()
    return {
        "benchmark": "ledger",
        "people": people,
        "years": YEARS,
        **built,
        "nights": nights,
        # a night of 100,000 by the cost of each payment of the larger night, which is smaller in a small ledger
        "night_seconds": round(float(str(nights[-1]["microseconds_each"])) * NIGHTS[-1] / 1_000_000, 1),
        "peak_megabytes": max(int(str(night["peak_megabytes"])) for night in nights),
        "person_page": read,
    }


def main() -> None:
    if sys.argv[1:2] == ["--post"]:
        print(json.dumps(post_here(sys.argv[2], int(sys.argv[3]))))
        return
    people = int(sys.argv[1]) if sys.argv[1:] else 350_000
    if sys.argv[2:]:
        folder = Path(sys.argv[2])
        folder.mkdir(parents=True, exist_ok=True)
        result = run(folder, people)
    else:
        with tempfile.TemporaryDirectory(prefix="kofu-bench-") as name:
            result = run(Path(name), people)
    print(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
