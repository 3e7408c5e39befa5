"""The house: a ward in the pair of databases, machines of issuing, the balancer before them, the centre that asks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import make_conninfo

from bench.topology.machines import Machines
from bench.topology.pair import PORT, PostgresPair, made_pair
from bench.topology.patroni import WITNESS, PatroniPair
from bench.topology.units import Unit, dies_with_us, until
from kofu.cli.up.demo_profile import open_around_the_clock
from kofu.contracts.feed import FeedKind
from kofu.core.calendar import day_in_japan
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.platform.feeds import public_key
from kofu.platform.fonts import ensure_font
from kofu.platform.migrate import migrate
from kofu.platform.postgres import SystemDatabase, ensure_system_database
from kofu.platform.profiles import load_profile
from kofu.platform.secret_files import closed_mask
from kofu.platform.tls import make_development_ca
from kofu.simulation.run import ANY_FEED
from kofu.simulation.ward_feeds import WardFeeds, first_feeds
from kofu.ward.people import Municipality, WardPlan
from kofu_proof.history import Event

ROOT = Path(__file__).resolve().parents[2]
FRONT = "front"
WARD_PORT = "8803"
TOPOLOGY = "three-behind-a-balancer"
CARDS = (
    "SELECT card.serial, addressee_number, (SELECT coalesce(max(plate_number), '') FROM fact_collections AS notice"
    " WHERE notice.addressee_number = person.addressee_number AND notice.inspected) AS plate"
    " FROM fact_card_certificates AS card"
    " JOIN fact_residents AS person USING (municipality_code, addressee_number)"
    " WHERE card.status = 'valid' AND person.status = 'resident'"
    " AND EXISTS (SELECT FROM fact_assessments AS tax WHERE tax.addressee_number = person.addressee_number"
    " AND tax.declaration <> 'undeclared') ORDER BY card.serial"
)
BALANCER = ROOT / "deploy" / "haproxy.cfg"


@dataclass(slots=True)
class House:
    """Everything of one run. `builds`: by machine of issuing, the folder of the program it runs.

    `events`: what was seen here, beside what the centre sees.
    """

    folder: Path
    machines: Machines
    pair: PostgresPair
    database: SystemDatabase
    profile: Path
    feeds: WardFeeds
    workers: int
    builds: dict[str, Path]
    events: list[Event] = field(default_factory=list)
    issuing: list[Unit] = field(default_factory=list)
    balancer: Unit | None = None
    asking: subprocess.Popen[str] | None = None

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def code(self) -> str:
        return self.feeds.plan.municipality.code

    @property
    def history(self) -> Path:
        return self.folder / "history"

    def owner_url(self) -> str:
        """The owner's way into the database that takes writes now, past the network."""
        return make_conninfo(self.database.owner_url, host=str(self.pair.primary.sockets), port=PORT)

    def running_url(self) -> str:
        """The running system's way into it, past the network."""
        return make_conninfo(self.database.app_url, host=str(self.pair.primary.sockets), port=PORT)

    def take_in(self, feed: Path, kind: FeedKind) -> None:
        """Take a feed in as `kofu feed` does, past the network. Raises `SystemExit` where it is not taken."""
        report = import_feed(
            lambda: psycopg.connect(self.owner_url()),
            feed,
            keys={one: public_key(self.var / "keys", one) for one in FeedKind},
            municipality_code=self.code,
            now=datetime.now(UTC),
            actor="topology",
            judging=ANY_FEED,
        )
        if report.outcome not in {ImportOutcome.ACTIVATED, ImportOutcome.ALREADY_ACTIVE}:
            raise SystemExit(f"the {kind} feed was not activated: {report}")

    def environment(self, build: Path) -> dict[str, str]:
        """What a process of issuing finds in its environment."""
        hosts = ",".join(node.address for node in self.pair.nodes)
        url = make_conninfo(
            self.database.app_url,
            host=hosts,
            port=f"{PORT},{PORT}",
            target_session_attrs="read-write",
            connect_timeout=2,
        )
        return {
            "PYTHONPATH": os.pathsep.join([str(build / "src"), str(ROOT)]),
            "KOFU_VAR": str(self.var),
            "KOFU_TLS_DIR": str(self.var / "tls"),
            "KOFU_PROFILE": str(self.profile),
            "KOFU_FONT_DIR": str(ensure_font().parent),
            "KOFU_TOPOLOGY": TOPOLOGY,
            "KOFU_ISSUING_DATABASE_URL": url,
            "KOFU_ISSUING_OWNER_DATABASE_URL": self.owner_url(),
            "KOFU_ISSUING_PORT": WARD_PORT,
        }

    def register(self, build: Path, *upgrade_minutes: str) -> None:
        """Say which build serves from now on; the one before may go on for so long while it is replaced."""
        subprocess.run(
            [sys.executable, "-m", "bench.topology.registering", *upgrade_minutes],
            env=os.environ | self.environment(build),
            cwd="/",
            check=True,
        )

    def serve(self) -> None:
        """Start the machines of issuing and the balancer; wait until papers can be had."""
        for name in self.builds:
            self.issuing.append(self._issuing(name))
        tls = self.var / "tls"
        pem = tls / "balancer.key"  # certificate and key in one file, closed as a key is
        pem.write_bytes((tls / "center.pem").read_bytes() + (tls / "center.key").read_bytes())
        config = self.folder / "haproxy.cfg"
        config.write_text(self._balancing(tls / "ca.pem", pem), encoding="utf-8")
        words = self.machines.on(FRONT, *dies_with_us("haproxy", "-db", "-f", str(config)))
        self.balancer = Unit("balancer", lambda: words, dict, self.folder / "balancer.log")
        for unit in (*self.issuing, self.balancer):
            unit.start()

    def _balancing(self, authority: Path, pem: Path) -> str:
        """Give the balancer's settings as they are delivered, with the addresses and files of this house."""
        delivered = BALANCER.read_text(encoding="utf-8")
        general, _ = delivered.split("    server issuing1 ")
        for named, here in (
            ("192.0.2.10", "127.0.0.1"),
            ("/etc/kofu/tls/ca.pem", str(authority)),
            ("/etc/kofu/tls/balancer.pem", str(pem)),
        ):
            general = general.replace(named, here)
        return general + "".join(
            f"    server {name} {self.machines.addresses[name]}:{WARD_PORT}\n" for name in self.builds
        )

    def _issuing(self, name: str) -> Unit:
        def words() -> list[str]:
            serving = (sys.executable, "-m", "kofu", "serve", "issuing", "--workers", str(self.workers))
            return self.machines.on(name, *dies_with_us(*serving))

        def environment() -> dict[str, str]:
            named = {"KOFU_LISTEN": self.machines.addresses[name], "KOFU_NODE": name}
            return self.environment(self.builds[name]) | named

        return Unit(name, words, environment, self.folder / f"{name}.log")

    def begin_to_ask(self, rate: float, seed: int) -> None:
        """Let the centre ask, at so many a second; wait until it has heard from the ward."""
        url, code = f"https://localhost:{WARD_PORT}", self.code
        words = (
            "-m",
            "bench.topology.asking",
            str(self.history),
            str(self.var / "tls"),
            url,
            code,
            str(rate),
            str(seed),
        )
        self.asking = subprocess.Popen(
            self.machines.on(FRONT, *dies_with_us(sys.executable, *words)),
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        said: IO[str] | None = self.asking.stdout
        if said is None or said.readline() != "asks\n":
            raise SystemExit("the centre could not begin to ask; see the logs of issuing")

    def is_ready(self, name: str) -> bool:
        """Whether a machine of issuing says that papers can be had from it."""
        tls = self.var / "tls"
        words = ("curl", "--silent", "--fail", "--max-time", "3", "--cacert", str(tls / "ca.pem"))
        as_whom = ("--cert", str(tls / "center.pem"), "--key", str(tls / "center.key"))
        to = ("--connect-to", f"localhost:{WARD_PORT}:{self.machines.addresses[name]}:{WARD_PORT}")
        asked = self.machines.on(FRONT, *words, *as_whom, *to, f"https://localhost:{WARD_PORT}/readyz")
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def end_asking(self) -> bool:
        """Let nobody come any more and everybody go; tell whether every message was taken in the end."""
        if self.asking is None:
            raise SystemExit("nobody asks")
        self.asking.communicate(timeout=180)
        return self.asking.returncode == 0

    def stop(self) -> None:
        if self.asking is not None and self.asking.poll() is None:
            self.asking.kill()
            self.asking.communicate()
        for unit in (*self.issuing, *([self.balancer] if self.balancer else [])):
            unit.stop()


@contextmanager
def open_house(
    *,
    machines: int = 3,
    workers: int = 1,
    people: int = 200,
    build: Path = ROOT,
    automatic: bool = False,
    keep: Path | None = None,
) -> Iterator[House]:
    """Put a house together, and take it apart. All machines begin with `build`.

    `automatic`: Patroni keeps the databases, and no person.
    """
    names = [f"issuing{number}" for number in range(1, machines + 1)]
    with ExitStack() as ends:
        folder = Path(tempfile.mkdtemp(prefix="kofu-topology-"))
        folder.chmod(0o755)
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        spaces = ends.enter_context(Machines([FRONT, *names, "a", "b", *([WITNESS] if automatic else [])]))
        pair = made_pair(spaces, folder)
        if automatic:
            pair = PatroniPair(pair.nodes, machines=spaces)
        ends.callback(pair.stop)
        pair.begin()
        var = folder / "var"  # has keys: serving refuses where others may look in
        var.mkdir(mode=0o700)
        closed_mask()
        database = ensure_system_database(pair.primary.admin_url, "issuing", secret=b"topology only")
        profile = open_around_the_clock(ROOT / "profiles" / "mihon.toml", var / "profile")
        house = House(
            folder=folder,
            machines=spaces,
            pair=pair,
            database=database,
            profile=profile,
            feeds=_ward(folder, profile, people),
            workers=workers,
            builds=dict.fromkeys(names, build),
        )
        ends.callback(_keep_logs, folder, keep)
        _load(house)
        house.register(build)
        ends.callback(house.stop)
        house.serve()
        yield house


def _ward(folder: Path, profile: Path, people: int) -> WardFeeds:
    """Make a ward of today and its first feeds, where the judge finds them."""
    values, now = load_profile(profile), datetime.now(UTC)
    municipality = Municipality(code=values.code, name=values.name)
    plan = WardPlan(municipality=municipality, seed=1, size=people, day=day_in_japan(now))
    return first_feeds(plan, folder / "history" / "feeds", folder / "var" / "keys", now)


def _load(house: House) -> None:
    """Take the ward's first feeds in, and say whose cards may come."""
    migrate("issuing", house.owner_url())
    for kind in (FeedKind.RESIDENT, FeedKind.TAX):
        house.take_in(house.feeds.folder / f"{kind}-0001", kind)
    make_development_ca(house.var / "tls")
    with psycopg.connect(house.owner_url()) as owner:
        cards = owner.execute(CARDS).fetchall()
    (house.history / "cards.json").write_text(json.dumps(cards), encoding="utf-8")


def _keep_logs(folder: Path, keep: Path | None) -> None:
    """Keep what the processes said and what was seen, where somebody wants to look at it."""
    if keep is not None:
        shutil.rmtree(keep, ignore_errors=True)
        keep.mkdir(parents=True)
        for log in folder.glob("*.log"):
            shutil.copy(log, keep)
        if (folder / "history").exists():
            shutil.copytree(folder / "history", keep / "history")


def until_quiet(house: House, seconds_max: float = 60.0) -> None:
    """Wait until every request came to an end: what a killed process left is ended by the sweep of another."""

    def ended() -> bool:
        with psycopg.connect(house.owner_url()) as owner:
            row = owner.execute("SELECT count(*) FROM issuing_request WHERE state = 'received'").fetchone()
        return row is not None and row[0] == 0

    until(ended, "every request came to an end", seconds_max)
