"""A night's payments, matched and posted, at three sizes: rows a second, peak memory, cost of each payment.

    PYTHONPATH=src python bench/ledger_payments.py [PAYMENTS …]      # default 10,000 100,000 1,000,000

Each size posts to a ledger with twice as many installments, in a process of its own, so that its peak memory is the
posting's alone. Of a hundred payments, two name a notice nobody has, five are paid late (延滞金 is calculated), three
are paid twice, ten are part payments.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import psycopg

from kofu.ledger.adapters.journal import Posting, add_notices, open_books, store_books
from kofu.ledger.adapters.rates_file import rates
from kofu.ledger.domain import posting
from kofu.ledger.domain.claims import Channel, Notice, Payment, Tax
from kofu.ledger.domain.matching import MatchingRules
from kofu.ledger.post_payments import post_payments

WARD = "139998"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)
DUES = (("1", date(2026, 6, 30)), ("2", date(2026, 8, 31)), ("3", date(2026, 11, 2)), ("4", date(2027, 2, 1)))
IN_TIME, LATE = date(2026, 6, 25), date(2026, 11, 18)
NOTICES_PER_GROUP = 5_000
SIZES = (10_000, 100_000, 1_000_000)
TARGET_SECONDS_OF_A_NIGHT = 60
TARGET_MEGABYTES = 500
NIGHT = 100_000


def fill(url: str, notices: int) -> None:
    """Assess `notices` notices of four installments of 24,000 yen."""
    under = Posting(actor="bench", booked_on=date(2026, 6, 1), recorded_at=NOW)
    with psycopg.connect(url, autocommit=True) as connection:
        for first in range(0, notices, NOTICES_PER_GROUP):
            numbers = range(first, min(first + NOTICES_PER_GROUP, notices))
            with connection.transaction():
                made = add_notices(connection, [(notice(number), DUES) for number in numbers])
                books = open_books(connection, claim_ids=[claim.claim_id for claims in made for claim in claims])
                for claims in made:
                    books.post_all(posting.assess(claim.claim_id, 24_000, date(2026, 6, 1)) for claim in claims)
                store_books(connection, books, under)
        connection.execute("VACUUM ANALYZE")


def notice(number: int) -> Notice:
    return Notice(
        municipality_code=WARD,
        notice_number=f"{number:010d}",
        addressee_number=f"{number:015d}",
        tax=Tax.RESIDENT,
        fiscal_year=2026,
        origin_year=2026,
        collection_method="ordinary",
        statutory_due_date=DUES[0][1],
    )


def payments(count: int, notices: int) -> Iterator[Payment]:
    """Spread payments over the notices; installment 1 and 2 of each."""
    for number in range(count):
        kind = number % 100
        place = number % notices
        late = kind in range(10, 15)
        yield Payment(
            payment_id=UUID(int=number + 1),
            municipality_code=WARD,
            key=f"bench/{number}",
            channel=Channel.CONVENIENCE,
            received_on=LATE if late else IN_TIME,
            booked_on=DAY,
            amount=10_000 if kind in range(20, 30) else 24_000,
            notice_number="9999999999" if kind < 2 else f"{place - (kind in range(30, 33)):010d}",
            installment=str(1 + number // notices),
        )


def post_here(url: str, count: int, notices: int) -> dict[str, object]:
    started, began = time.process_time(), time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        done = post_payments(
            connection,
            payments(count, notices),
            municipality_code=WARD,
            rules=MatchingRules(rates()),
            actor="bench",
            lane="bench",
            now=NOW,
            booked_on=DAY,
        )
    seconds = time.perf_counter() - began
    assert done.posted == count, done
    return {
        "payments": count,
        "seconds": round(seconds, 2),
        "seconds_in_python": round(time.process_time() - started, 2),
        "payments_per_second": round(count / seconds),
        "microseconds_each": round(seconds / count * 1_000_000),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "outcomes": {outcome.value: number for outcome, number in sorted(done.counts.items())},
    }


def posted(url: str, count: int, notices: int) -> dict[str, object]:
    command = [sys.executable, __file__, "--post", url, str(count), str(notices)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main() -> None:
    if sys.argv[1:2] == ["--post"]:
        print(json.dumps(post_here(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
        return
    from kofu.platform.migrate import migrate
    from kofu.platform.postgres import ensure_system_database, start_embedded

    sizes = tuple(int(word) for word in sys.argv[1:]) or SIZES
    results = []
    with tempfile.TemporaryDirectory(prefix="kofu-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = start_embedded(folder / "postgres")
        try:
            for size in sizes:
                database = ensure_system_database(
                    server.admin_url, "ledger", secret=b"bench only", database=f"bench_{size}"
                )
                migrate("ledger", database.owner_url)
                notices = max(size // 2, 1)
                fill(database.owner_url, notices)
                results.append(posted(database.app_url, size, notices))
                print(results[-1], file=sys.stderr, flush=True)
        finally:
            server.stop()
    each = [int(str(result["microseconds_each"])) for result in results]
    night = next((result for result in results if result["payments"] == NIGHT), results[-1])
    print(
        json.dumps(
            {
                "benchmark": "ledger_payments",
                "sizes": results,
                "dearest_to_cheapest": round(max(each) / min(each), 2),
                "night_seconds": round(float(str(night["microseconds_each"])) * NIGHT / 1_000_000, 1),
                "night_seconds_target": TARGET_SECONDS_OF_A_NIGHT,
                "peak_megabytes": max(int(str(result["peak_megabytes"])) for result in results),
                "peak_megabytes_target": TARGET_MEGABYTES,
            },
            indent=2,
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
