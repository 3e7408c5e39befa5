"""Certificates through the real HTTP path of issuing: TLS with client certificates, real processes, durable commits.

    PYTHONPATH=src python -m bench.issue [REQUESTS] [CLIENTS]

`per_core_second` is certificates over the processor time of the serving processes *and* their PostgreSQL: what a core
yields, whatever else runs on the machine. The clients' own time is not in it.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import psycopg

from bench.processes import PROC, family_of, stat_of
from kofu.cli.up.demo_profile import open_around_the_clock
from kofu.contracts.feed import FeedKind
from kofu.contracts.issuing import CertificateRequest
from kofu.contracts.papers_beside import PAPERS_BESIDE
from kofu.core.calendar import day_in_japan
from kofu.core.kinds import CertificateKind
from kofu.issuing.acting.who_acts import system_acting
from kofu.issuing.checks.attest import register, state
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.platform.feeds import public_key
from kofu.platform.fonts import ensure_font, read_font
from kofu.platform.migrate import migrate
from kofu.platform.postgres import ensure_system_database, start_embedded
from kofu.platform.profiles import load_profile
from kofu.platform.secret_files import closed_mask
from kofu.platform.tls import TlsFiles, client_context, make_development_ca
from kofu.ward.make import make_ward
from kofu.ward.people import Municipality, WardPlan

ROOT = Path(__file__).resolve().parents[1]
AS_THE_CENTRE = {"Accept": f"{PAPERS_BESIDE}, application/json", "Content-Type": "application/json"}
ELIGIBLE = (
    "SELECT card.serial FROM fact_card_certificates card JOIN fact_residents person"
    " USING (municipality_code, addressee_number) JOIN fact_assessments tax"
    " USING (municipality_code, addressee_number) WHERE card.status = 'valid' AND card.valid_to > now()"
    " AND card.valid_from <= now() AND person.status = 'resident' AND tax.fiscal_year = 2026"
    " AND tax.taxing_right AND tax.declaration = 'declared' AND NOT tax.correcting"
    " AND person.birthday < '2005' AND person.birthday NOT LIKE '%?%'"
)
"""Whose 課税証明書 is issued, by the serials of their cards."""
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(root: int) -> float:
    """Processor time of a process and all it started, ended ones included, in seconds."""
    return sum(sum(map(int, words[11:15])) / TICKS for words in family_of(root).values())


class Served:
    """A ward in a durable database, and issuing served from it."""

    def __init__(self, around: Path, people: int, workers: int) -> None:
        folder = around / "var"  # has keys: serving refuses where others may look in
        folder.mkdir(mode=0o700)
        closed_mask()
        self.folder, self.workers = folder, workers
        with socket.create_server(("127.0.0.1", 0)) as free:  # another measurement may run beside this one
            self.port: int = free.getsockname()[1]
        self.font = ensure_font()
        self.profile = open_around_the_clock(ROOT / "profiles" / "mihon.toml", folder / "profile")
        values = load_profile(self.profile)
        self.code = values.code
        self.server = start_embedded(around / "postgres")
        self.database = ensure_system_database(self.server.admin_url, "issuing", secret=b"bench only")
        migrate("issuing", self.database.owner_url)
        municipality = Municipality(code=values.code, name=values.name)
        plan = WardPlan(municipality=municipality, seed=1, size=people, day=day_in_japan(datetime.now(UTC)))
        ward = make_ward(folder / "ward", plan, created_at=datetime.now(UTC), keys=folder / "keys")
        keys = {kind: public_key(folder / "keys", kind) for kind in FeedKind}
        for feed in (ward.at.resident_feed, ward.at.tax_feed):
            report = import_feed(
                lambda: psycopg.connect(self.database.owner_url),
                feed,
                keys=keys,
                municipality_code=self.code,
                now=datetime.now(UTC),
                actor="bench",
            )
            assert report.outcome is ImportOutcome.ACTIVATED, report
        make_development_ca(folder / "tls")
        with psycopg.connect(self.database.owner_url, autocommit=True) as owner:
            statement = state(owner, font=read_font(self.font), drawn=None, profile=self.profile, topology="single")
            register(owner, system_acting(lane="bench", actor="bench"), statement, by="bench", demonstration=True)
            backend = owner.info.backend_pid
            self.postgres = int(stat_of(PROC / str(backend))[1])
            self.serials = [serial for (serial,) in owner.execute(ELIGIBLE + " ORDER BY card.serial").fetchall()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kofu", "serve", "issuing", "--workers", str(workers)],
            env=os.environ | self.environment(),
        )

    def environment(self) -> dict[str, str]:
        """What a process of this ward finds in its environment."""
        return {
            "PYTHONPATH": str(ROOT / "src"),
            "KOFU_VAR": str(self.folder),
            "KOFU_TLS_DIR": str(self.folder / "tls"),
            "KOFU_PROFILE": str(self.profile),
            "KOFU_FONT_DIR": str(self.font.parent),
            "KOFU_ISSUING_DATABASE_URL": self.database.app_url,
            "KOFU_ISSUING_PORT": str(self.port),
        }

    def request(self, number: int) -> CertificateRequest:
        """Give a request of its own for the certificate of one of the cards, one after another."""
        return CertificateRequest(
            request_id=secrets.token_hex(16),
            municipality_code=self.code,
            serial=self.serials[number % len(self.serials)],
            kind=CertificateKind.TAXATION,
            fiscal_year=2026,
            copies=1,
            kiosk_id="bench",
            deadline=datetime.now(UTC) + timedelta(seconds=30),
        )

    def tls(self) -> ssl.SSLContext:
        """Give the context of a client that shows the centre's certificate."""
        tls = self.folder / "tls"
        return client_context(TlsFiles(tls / "ca.pem", tls / "center.pem", tls / "center.key"))

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"https://localhost:{self.port}", verify=self.tls(), timeout=30)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.server.stop()


@contextmanager
def served_ward(people: int, workers: int) -> Iterator[Served]:
    """Serve a ward from a folder of its own until the end; it is healthy from the beginning on."""
    with tempfile.TemporaryDirectory(prefix="kofu-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        served = Served(folder, people, workers)
        try:
            asyncio.run(until_healthy(served))
            yield served
        finally:
            served.stop()


async def until_healthy(served: Served) -> None:
    async with served.client() as client:
        for _ in range(900):
            try:
                if (await client.get("/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise SystemExit("issuing did not come up")


async def ask_many(served: Served, requests: int, clients: int) -> tuple[list[float], dict[str, int]]:
    """Seconds each certificate took, and how the answers were."""
    numbers = iter(range(requests))
    seconds: list[float] = []
    answers: dict[str, int] = {}

    async def one_client() -> None:
        async with served.client() as client:
            for number in numbers:
                body = msgspec.json.encode(served.request(number))
                started = time.perf_counter()
                response = await client.post("/v1/certificate-requests", content=body, headers=AS_THE_CENTRE)
                if response.headers["content-type"] == PAPERS_BESIDE:
                    seconds.append(time.perf_counter() - started)
                    said = "issued"
                else:
                    said = response.json()["code"]
                answers[said] = answers.get(said, 0) + 1

    await asyncio.gather(*(one_client() for _ in range(clients)))
    return seconds, answers


def run(*, requests: int = 1500, clients: int = 8, workers: int = 2, people: int = 1500) -> dict[str, object]:
    """Serve, warm up, measure; give the figures."""
    with served_ward(people, workers) as served:
        asyncio.run(ask_many(served, 100, clients))
        before = processor_seconds(served.process.pid), processor_seconds(served.postgres)
        started = time.perf_counter()
        seconds, answers = asyncio.run(ask_many(served, requests, clients))
        elapsed = time.perf_counter() - started
        after = processor_seconds(served.process.pid), processor_seconds(served.postgres)
    serving, database = after[0] - before[0], after[1] - before[1]
    seconds.sort()
    issued = len(seconds)
    return {
        "benchmark": "issue",
        "clients": clients,
        "worker_processes": workers,
        "answers": answers,
        "per_second": round(issued / elapsed, 1),
        "per_core_second": round(issued / (serving + database), 1),
        "serving_ms_each": round(serving / requests * 1000, 2),
        "database_ms_each": round(database / requests * 1000, 2),
        "latency_ms_p50": round(seconds[issued // 2] * 1000, 1),
        "latency_ms_p99": round(seconds[issued * 99 // 100] * 1000, 1),
    }


def main() -> None:
    requests = int(sys.argv[1]) if sys.argv[1:] else 1500
    clients = int(sys.argv[2]) if sys.argv[2:] else 8
    print(json.dumps(run(requests=requests, clients=clients), indent=2))


if __name__ == "__main__":
    main()
