"""A night's payments, matched and posted, at three sizes: rows a second, peak memory, cost of each payment.

And once from the bytes of a file to the posted batch: 100,000 確報 of stores, read, checked, stored as rows, posted.

    PYTHONPATH=src python bench/ledger_payments.py [PAYMENTS …]      # default 10,000 100,000 1,000,000

Each size posts to a ledger with twice as many installments, in a process of its own, so that its peak memory is the
posting's alone. Of a hundred payments, two name a notice nobody has, five are paid late (延滞金 is calculated), three
are paid twice, ten are part payments.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import psycopg
from posted_payments import post_payments
from progress import counted, measured_apart, say, timed

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel, Notice, Payment, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.payments.batches import receive
from kofu.ledger.payments.codecs import convenience_reports
from kofu.ledger.payments.codecs.convenience_reports import ReportFile, StoreReport, reports_layout
from kofu.ledger.payments.domain.convenience import ReportEvent
from kofu.ledger.payments.files import kind_of, reader_for
from kofu.ledger.payments.post_batch import post_batch
from kofu.ledger.slips.codecs.barcode import Barcode
from kofu.ledger.slips.codecs.convenience import Slip, SlipKey, barcode_for, barcode_profile
from kofu.platform.ordered_ids import ordered_id

WARD = "139998"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)
DUES = (("1", date(2026, 6, 30)), ("2", date(2026, 8, 31)), ("3", date(2026, 11, 2)), ("4", date(2027, 2, 1)))
IN_TIME, LATE = date(2026, 6, 25), date(2026, 11, 18)
NOTICES_PER_GROUP = 5_000
SIZES = (10_000, 100_000, 1_000_000)
NIGHT = 100_000
NOBODY = "9" * 17


def fill(url: str, notices: int) -> None:
    """Assess `notices` notices of four installments of 24,000 yen."""
    booked = Posting(actor="bench", booked_on=date(2026, 6, 1), recorded_at=NOW)
    progress = counted("notices", notices)
    with psycopg.connect(url, autocommit=True) as connection:
        for first in range(0, notices, NOTICES_PER_GROUP):
            progress(first)
            numbers = range(first, min(first + NOTICES_PER_GROUP, notices))
            with connection.transaction():
                made = add_notices(connection, [(notice(number), DUES) for number in numbers])
                books = open_books(connection, claim_ids=[claim.claim_id for claims in made for claim in claims])
                for claims in made:
                    books.post_all(posting.assess(claim.claim_id, 24_000, date(2026, 6, 1)) for claim in claims)
                store_books(connection, books, booked)
        connection.execute("VACUUM ANALYZE")


def notice(number: int) -> Notice:
    return Notice(
        municipality_code=WARD,
        notice_number=f"{number:017d}",
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
            payment_id=ordered_id(),
            municipality_code=WARD,
            key=f"bench/{number}",
            channel=Channel.CONVENIENCE,
            received_on=LATE if late else IN_TIME,
            booked_on=DAY,
            amount=10_000 if kind in range(20, 30) else 24_000,
            notice_number=NOBODY if kind < 2 else f"{place - (kind in range(30, 33)):017d}",
            installment=str(1 + number // notices),
        )


def processor_seconds(process: int) -> float:
    """Seconds of a processor a process has used; 0.0 where the system does not tell."""
    path = Path(f"/proc/{process}/stat")
    if not path.exists():
        return 0.0
    user, system = path.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def post_here(url: str, count: int, notices: int) -> dict[str, object]:
    started, began = time.process_time(), time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        done = post_payments(
            connection,
            payments(count, notices),
            municipality_code=WARD,
            rules=MatchingRules(rates()),
            now=NOW,
            booked_on=DAY,
        )
        in_database = processor_seconds(connection.info.backend_pid)
    seconds, in_python = time.perf_counter() - began, time.process_time() - started
    assert done.total() == count, done
    return {
        "payments": count,
        "seconds": round(seconds, 2),
        "seconds_in_python": round(in_python, 2),
        "seconds_in_database": round(in_database, 2),
        "payments_per_second": round(count / seconds),
        "microseconds_each": round(seconds / count * 1_000_000),
        "processor_microseconds_each": round((in_python + in_database) / count * 1_000_000),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "outcomes": {outcome.value: number for outcome, number in sorted(done.items())},
    }


def reports(count: int) -> bytes:
    """A file of as many 確報, each for the first installment of a notice of its own."""
    layouts = Layouts(None, specimen=True)
    found = []
    for number in range(count):
        key = SlipKey(fiscal_year=2026, tax="resident", notice_number=f"{number:017d}", installment="1")
        slip = Slip(key=key, amount=24_000, pay_by=date(2026, 6, 30))
        barcode = barcode_for(barcode_profile(layouts), slip, printed_on=IN_TIME)
        assert isinstance(barcode, Barcode)
        found.append(
            StoreReport(
                event=ReportEvent.CONFIRM,
                barcode=barcode.digits,
                received_on=IN_TIME,
                received_at="120000",
                amount=24_000,
                chain="0001",
                store="00000001",
            )
        )
    header = (("created_on", DAY), ("agency", "MIHON"))
    return convenience_reports.encode(reports_layout(layouts), ReportFile(reports=tuple(found), header=header))


def file_here(url: str, path: Path) -> dict[str, object]:
    """Receive a file of reports and post its batch."""
    acting = Acting("bench", "bench", NOW)
    kind = kind_of("convenience")
    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        batch = receive(
            connection,
            municipality_code=WARD,
            channel=kind.channel,
            kind=kind.code,
            name=path.name,
            content=path.read_bytes(),
            booked_on=DAY,
            read=reader_for(kind, Layouts(None, specimen=True), name=path.name, processed_on=DAY),
            acting=acting,
        )
        received = time.perf_counter() - began
        done = post_batch(connection, batch.id, rules=MatchingRules(rates()), acting=acting)
    assert done.posted == batch.rows, done
    return {
        "payments": batch.rows,
        "seconds_to_receive": round(received, 2),
        "seconds_to_post": round(time.perf_counter() - began - received, 2),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    if sys.argv[1:2] == ["--post"]:
        print(json.dumps(post_here(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
        return
    if sys.argv[1:2] == ["--file"]:
        print(json.dumps(file_here(sys.argv[2], Path(sys.argv[3]))))
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
                timed(f"assess {notices:,} notices", partial(fill, database.owner_url, notices))
                say(f"post {size:,} payments …")
                results.append(measured_apart(__file__, "--post", database.app_url, str(size), str(notices)))
                say(f"{results[-1]}")
            night = min(NIGHT, max(sizes))
            database = ensure_system_database(server.admin_url, "ledger", secret=b"bench only", database="bench_file")
            migrate("ledger", database.owner_url)
            timed(f"assess {night:,} notices", lambda: fill(database.owner_url, night))
            path = folder / "reports.txt"
            timed(f"write a file of {night:,} reports", lambda: path.write_bytes(reports(night)))
            say("receive it and post its batch …")
            from_file = measured_apart(__file__, "--file", database.app_url, str(path))
            say(f"{from_file}")
        finally:
            server.stop()
    each = [int(str(result["processor_microseconds_each"])) for result in results]
    posted = next((result for result in results if result["payments"] == NIGHT), results[-1])
    print(
        json.dumps(
            {
                "benchmark": "ledger_payments",
                "sizes": results,
                "from_file": from_file,
                "dearest_to_cheapest": round(max(each) / min(each), 2),
                "night_seconds": round(float(str(posted["microseconds_each"])) * NIGHT / 1_000_000, 1),
                "peak_megabytes": max(int(str(result["peak_megabytes"])) for result in [*results, from_file]),
            },
            indent=2,
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
