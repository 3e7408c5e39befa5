"""How long an answer takes: to one client, at a hundred a second, and with ten million people beside ten thousand.

    PYTHONPATH=src python -m bench.latency [REQUESTS] [PEOPLE]

Seconds as a client sees them, through TLS and HTTP to the last byte of the paper. At a hundred a second each request
has its moment, whatever became of those before; an answer is late from that moment on, also while the request waits for
a client that is free. So a server that stands still is charged for everybody who would have come meanwhile.

Every answer waits twice for the disk: until its request is stored, and until its release is. How long the disk of the
machine takes for that is told beside it, in the same run.

The many people are the few copied in the database, by set, into the same tables: keys of their own, the same indexes
(made after the rows, as for any such take-over), the same statistics. Both wards are served at once and asked in turn.
Where they do not become as many within the minutes there are, it is said with how many was measured.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import msgspec
import psycopg
from psycopg import sql

from bench.issue import AS_THE_CENTRE, ELIGIBLE, Served, served_ward
from bench.processes import family_of
from bench.progress import counted, say, timed
from kofu.contracts.papers_beside import PAPERS_BESIDE

FEW = 10_000
PER_SECOND, CLIENTS = 100, 24
TURNS = 5
WARM = 200  # over all connections, which plan each statement anew the first five times
COPIES_AT_ONCE = 20
MINUTES_MAX = 12
ISSUED_MIN = 0.9
DISK_WRITES, DISK_BYTES, DISK_REST = 500, 8_192, 0.005  # a page of the log, with seconds between two of them
ASKED_OF = 20_000  # people drawn of the many
FACTS = ("fact_residents", "fact_card_certificates", "fact_assessments", "fact_collections")
KEYS = {
    "addressee_number": "lpad(copy::text, 6, '0') || right(addressee_number, 9)",
    "serial": "left(md5(serial || copy) || md5(copy || serial), length(serial))",
    "notice_number": "copy::text || notice_number",
}


class Client:
    """One connection that is kept open, as the centre keeps it."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._connection = http.client.HTTPSConnection("localhost", served.port, context=served.tls(), timeout=60)
        self._connection.connect()

    def ask(self, number: int) -> str:
        """Ask for one certificate and read all of the answer; how it was."""
        body = msgspec.json.encode(self._served.request(number))
        self._connection.request("POST", "/v1/certificate-requests", body, AS_THE_CENTRE)
        response = self._connection.getresponse()
        answer = response.read()
        if response.headers["content-type"] == PAPERS_BESIDE:
            return "issued"
        return str(json.loads(answer)["code"])

    def close(self) -> None:
        self._connection.close()


@contextmanager
def client_of(served: Served) -> Iterator[Client]:
    client = Client(served)
    try:
        yield client
    finally:
        client.close()


def one_after_another(served: Served, first: int, count: int) -> list[float]:
    """Milliseconds of each certificate one client asks for, the next as soon as it has the one before."""
    found = []
    answers: Counter[str] = Counter()
    with client_of(served) as client:
        for number in range(first, first + count):
            began = time.perf_counter()
            said = client.ask(number)
            if said == "issued":
                found.append((time.perf_counter() - began) * 1000)
            answers[said] += 1
    if len(found) < count * ISSUED_MIN:
        raise SystemExit(f"too few certificates were issued to say anything: {answers}")
    return found


def paced(served: Served, first: int, count: int) -> tuple[list[float], Counter[str]]:
    """Milliseconds from the moment each request was due, `PER_SECOND` a second; and how the answers were."""
    numbers = iter(range(count))
    lock = threading.Lock()
    late: list[float] = []
    answers: Counter[str] = Counter()
    begins = time.perf_counter() + 1  # until all clients are connected

    def work() -> None:
        with client_of(served) as client:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                due = begins + number / PER_SECOND
                time.sleep(max(0.0, due - time.perf_counter()))
                said = client.ask(first + number)
                taken = (time.perf_counter() - due) * 1000
                with lock:
                    answers[said] += 1
                    if said == "issued":
                        late.append(taken)

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return late, answers


def disk_waits() -> list[float]:
    """Milliseconds until a page is on the disk on which the databases of this run lie, in order of length."""
    found = []
    with tempfile.TemporaryFile() as file:
        file.write(bytes(DISK_WRITES * DISK_BYTES))
        os.fsync(file.fileno())  # as a segment of the log, the file has its length before
        for number in range(DISK_WRITES):
            os.pwrite(file.fileno(), os.urandom(DISK_BYTES), number * DISK_BYTES)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            found.append((time.perf_counter() - began) * 1000)
            time.sleep(DISK_REST)
    return sorted(found)


def multiply(served: Served, people: int) -> int:
    """Copy the people of a ward until they are as many, or the minutes are over; how many there are then."""
    ends = time.perf_counter() + MINUTES_MAX * 60
    with psycopg.connect(served.database.owner_url, autocommit=True) as owner:
        for table in FACTS:
            owner.execute(
                sql.SQL("CREATE TEMP TABLE {} AS TABLE {}").format(
                    sql.Identifier(f"few_{table}"), sql.Identifier(table)
                )
            )
        remake = [one for table in FACTS for one in without_indexes(owner, table)]
        done = counted("people", people)
        copies = 0
        while copies < people // FEW - 1 and time.perf_counter() < ends:
            copied = min(COPIES_AT_ONCE, people // FEW - 1 - copies)
            for table in FACTS:
                owner.execute(copying(owner, table), {"first": copies + 1, "last": copies + copied})
            copies += copied
            done((copies + 1) * FEW)
        for statement in remake:
            timed(statement[:60], lambda statement=statement: owner.execute(sql.SQL(statement)))  # type: ignore[misc]
        for table in FACTS:
            owner.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
        served.serials = [
            serial
            for (serial,) in owner.execute(
                ELIGIBLE.replace("%", "%%") + " AND hashtext(card.serial) %% %s = 0 LIMIT %s",
                [max(1, (copies + 1) * FEW // ASKED_OF // 4), ASKED_OF],
            )
        ]
    random.Random(1).shuffle(served.serials)  # noqa: S311 - no secret; people from all over the tables
    return (copies + 1) * FEW


def without_indexes(owner: psycopg.Connection, table: str) -> list[str]:
    """Take the indexes off a table; the statements that make them again."""
    constraints = owner.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        [table],
    ).fetchall()
    remake = [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for name, definition in constraints]
    for name, _ in constraints:
        owner.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name)))
    indexes = owner.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [table]).fetchall()
    for name, _ in indexes:
        owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return remake + [definition for _, definition in indexes]


def copying(owner: psycopg.Connection, table: str) -> sql.Composed:
    """Word the statement that copies the first people's rows of a table, for copies from `first` to `last`."""
    columns = [
        name
        for (name,) in owner.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
            [table],
        )
    ]
    return sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM {few}"
        " CROSS JOIN generate_series(%(first)s::int, %(last)s::int) AS copy"
    ).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(sql.SQL(KEYS[name]) if name in KEYS else sql.Identifier(name) for name in columns),
        few=sql.Identifier(f"few_{table}"),
    )


def memory_of(served: Served) -> int:
    """Megabytes resident in the largest of the serving processes."""
    sizes = []
    for process in family_of(served.process.pid):
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        sizes.append(int(status.get("VmRSS", "0 kB").split()[0]))
    return round(max(sizes) / 1024)


def in_turn(few: Served, many: Served, requests: int) -> tuple[list[float], list[float], float]:
    """Milliseconds of both wards, and the median of the ratios of their medians, asked in turn."""
    of_few: list[float] = []
    of_many: list[float] = []
    ratios = []
    each = max(10, requests // TURNS)
    for turn in range(TURNS):
        one, other = one_after_another(few, turn * each, each), one_after_another(many, turn * each, each)
        of_few, of_many = of_few + one, of_many + other
        ratios.append(median(other) / median(one))
    return of_few, of_many, median(ratios)


def at(share: float, sorted_ms: list[float]) -> float:
    return round(sorted_ms[min(len(sorted_ms) - 1, int(len(sorted_ms) * share))], 1)


def run(*, requests: int = 1_000, people: int = 10_000_000) -> dict[str, object]:
    disk = disk_waits()
    with served_ward(FEW, workers=2) as few:
        paced(few, 0, WARM)
        say("a hundred a second …")
        late, answers = paced(few, WARM, requests)
        late.sort()
        megabytes = memory_of(few)
        with served_ward(FEW, workers=2) as many:
            say(f"{people:,} people …")
            count = multiply(many, people)
            paced(many, 0, WARM)
            of_few, of_many, times = in_turn(few, many, requests)
    by_people = [
        {"people": people, "ms_p50": at(0.5, sorted(found)), "ms_p99": at(0.99, sorted(found))}
        for people, found in ((FEW, of_few), (count, of_many))
    ]
    return {
        "benchmark": "latency",
        "one_client_ms_p50": at(0.5, sorted(of_few)),
        "one_client_ms_p99": at(0.99, sorted(of_few)),
        "paced_per_second": PER_SECOND,
        "paced_answers": answers,
        "paced_ms_p50": at(0.5, late),
        "paced_ms_p99": at(0.99, late),
        "disk_ms_p50": at(0.5, disk),
        "disk_ms_p99": at(0.99, disk),
        "worker_megabytes": megabytes,
        "by_people": by_people,
        "many_people": count,
        "many_people_times": round(times, 2),
    }


def main() -> None:
    requests = int(sys.argv[1]) if sys.argv[1:] else 1_000
    people = int(sys.argv[2]) if sys.argv[2:] else 10_000_000
    print(json.dumps(run(requests=requests, people=people), indent=2))


if __name__ == "__main__":
    main()
