"""Run a plan on a database of its own and give its history, judged."""

from __future__ import annotations

import hashlib
import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import time
from functools import partial
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

import kofu.certificates.make as make_module
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.render import CertificatePress
from kofu.contracts.feed import FeedKind
from kofu.core.gates import Bound, FeedGates
from kofu.core.profile import Profile
from kofu.issuing.feeds.judge import Judging
from kofu.platform.migrate import migrate
from kofu.platform.postgres import SystemDatabase, ensure_system_database
from kofu.simulation.clocks import SimulationClocks
from kofu.simulation.happenings import Happenings
from kofu.simulation.plan import INSPECTION, SimulationPlan
from kofu.simulation.seen import SeenFromOutside
from kofu.simulation.service import StagedService
from kofu.simulation.stage import SimulationStage, StagedActor, on_stage
from kofu.simulation.visits import SimulatedVisit
from kofu.simulation.ward_feeds import WardFeeds, made_feeds
from kofu_proof.check import Checked, check
from kofu_proof.databases import read_databases
from kofu_proof.history import History, write_history
from kofu_proof.violations import Violation

SECRET = b"simulations only"
HOURS_TO_THE_END = 2
STEP_SECONDS = 0.01
"""How long a step at a kiosk's request takes at the most: what comes in the same second is under way at once."""
#: Cases the service opens by itself where a paper was wrong: the last look held, and something is wrong all the same.
WRONG_CASES = ("last_look_mismatch", "replay_mismatch", "recheck_mismatch")
#: A repeat that a fault of the database broke opens a case of the same kind, worded by the fault's name alone.
CASES = "SELECT kind, count(*) FROM issuing_case WHERE kind = ANY(%s) AND summary !~ '^[A-Z][A-Za-z]+$' GROUP BY kind"
_ANY = Bound(permille=1_000_000_000, absolute=1_000_000_000)
#: Whether a feed may serve is not what is simulated (`kofu.judgement` has its own tests): any feed may.
ANY_FEED = Judging(
    rules=lambda _table, _frame, _day: (),
    gates=FeedGates(
        rows=_ANY,
        sums=_ANY,
        states=_ANY,
        events=_ANY,
        corrections=_ANY,
        gone=_ANY,
        holds=_ANY,
        misfits=_ANY,
        misfits_refused=_ANY,
        warnings=_ANY,
        sample=0,
        announced=False,
    ),
)


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of a plan: its history judged, a digest of all of it, what was done to the actors, and the log."""

    plan: SimulationPlan
    checked: Checked
    digest: str
    steps: int
    issued: int
    struck: dict[str, int]
    log: tuple[str, ...]

    @property
    def rules(self) -> frozenset[str]:
        """The rules that are broken."""
        return frozenset(violation.rule for violation in self.checked.violations)


class SimulationDatabases:
    """Databases of a system for simulations, each a copy of one that is migrated once."""

    def __init__(self, admin_url: str, system: str = "issuing") -> None:
        """Name the server; nothing is made yet."""
        self.admin_url = admin_url
        self.system = system
        self._template = ""

    @contextmanager
    def fresh(self) -> Iterator[SystemDatabase]:
        """Give a database of its own; it is dropped afterwards."""
        self.template_owner_url()
        name = f"{self._template}_{secrets.token_hex(4)}"
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(self._template), sql.Identifier(f"kofu_{self.system}_owner")
                )
            )
        try:
            yield ensure_system_database(self.admin_url, self.system, secret=SECRET, database=name)
        finally:
            self._drop(name)

    def template_owner_url(self) -> str:
        """Give the owner's way into the one the others are copies of; it is made now if need be."""
        migrated = bool(self._template)
        self._template = self._template or f"kofu_simulation_{secrets.token_hex(4)}"
        made = ensure_system_database(self.admin_url, self.system, secret=SECRET, database=self._template)
        if not migrated:
            migrate(self.system, made.owner_url)
        return made.owner_url

    def close(self) -> None:
        """Drop the one the others were copies of."""
        if self._template:
            self._drop(self._template)

    def _drop(self, name: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@dataclass(frozen=True, slots=True)
class SimulationHouse:
    """What all simulations of a process share: where databases are made, the press, the profile."""

    databases: SimulationDatabases
    press: CertificatePress
    profile: Profile


def run(plan: SimulationPlan, house: SimulationHouse, folder: Path) -> Simulated:
    """Play a plan and judge its history, which lies in `folder` afterwards. The folder must be there, and empty."""
    databases = house.databases
    with databases.fresh() as database, psycopg.connect(databases.admin_url, autocommit=True) as watcher:
        name = make_conninfo(databases.admin_url, dbname=psycopg.conninfo.conninfo_to_dict(database.app_url)["dbname"])
        with psycopg.connect(name, autocommit=True) as observer:
            stage = SimulationStage(plan.seed, plan.faults, watcher, step_seconds=STEP_SECONDS)
            feeds = made_feeds(folder, plan.seed, plan.start, plan.people)
            seen = SeenFromOutside(observer, folder / "papers")
            _play(plan, house, _Set(stage, feeds, seen, database))
            cases: dict[str, int] = dict(observer.execute(CASES, [list(WRONG_CASES)]).fetchall())
        kept = read_databases(database.app_url, None)
    history = msgspec.structs.replace(
        kept,
        has=kept.has | {"events", "feeds", "papers"},
        events=tuple(seen.events),
        feeds=feeds.folder,
        papers=seen.papers,
    )
    write_history(folder, history)
    checked = check(history)
    own = [
        Violation("service.case", f"kind {kind}", "the service itself found a wrong paper", (f"{cases[kind]} cases",))
        for kind in WRONG_CASES
        if kind in cases
    ] + [Violation("service.given_up", name, "was tried again and again and never done") for name in stage.given_up]
    return Simulated(
        plan=plan,
        checked=replace(checked, violations=(*checked.violations, *own)),
        digest=digest_of(history),
        steps=stage.steps,
        issued=sum(event.event == "left" and event.outcome == "issued" for event in seen.events),
        struck=dict(sorted(stage.struck.items())),
        log=tuple(stage.log),
    )


@dataclass(frozen=True, slots=True)
class _Set:
    """Where one plan is played."""

    stage: SimulationStage
    feeds: WardFeeds
    seen: SeenFromOutside
    database: SystemDatabase


def _play(plan: SimulationPlan, house: SimulationHouse, played: _Set) -> None:
    stage, feeds, seen, database = played.stage, played.feeds, played.seen, played.database
    clocks = SimulationClocks(stage, plan.start)
    chance = random.Random(f"{plan.seed} identities")  # noqa: S311 - a history must repeat
    service = StagedService(database.app_url, _always_open(house.profile), clocks, seen, chance)
    service.open(house.press)
    happenings = Happenings(stage, service, seen, feeds, database.owner_url, ANY_FEED)
    for kind in FeedKind:
        happenings.take_in(feeds.folder / f"{kind}-0001", kind)
    for visit in plan.visits:
        serial = feeds.visitor(visit.person, visit.kind)["serial"]
        plate = feeds.plate(visit.person, visit.year) if visit.kind == INSPECTION else None
        body = SimulatedVisit(stage, service, seen, visit, serial, plate).play
        stage.enter_at(visit.arrives, f"visit {visit.number}", body)
    for happening in plan.happenings:
        stage.enter_at(happening.at, f"happening {happening.number}", partial(happenings.play, happening=happening))
    with interrupted():
        stage.play()
        stage.enter("the end", lambda actor: _end(actor, clocks, service, happenings))
        stage.play()
    service.close()


def _end(actor: StagedActor, clocks: SimulationClocks, service: StagedService, happenings: Happenings) -> None:
    """Let the evening come: the clock is right again, stops are lifted, the sweep ends what nobody ended."""
    clocks.set_right()
    actor.sleep(HOURS_TO_THE_END * 3600)
    with service.borrowed() as line:
        happenings.lift_stops(actor, line)
        happenings.sweep(actor, line)


@contextmanager
def interrupted() -> Iterator[None]:
    """Let actors stand after rendering and after the last look, and let the press be slow, while this lasts."""
    render, look = vars(make_module)["render"], vars(make_module)["take_last_look"]

    def rendered(order: CertificateOrder, press: CertificatePress) -> bytes:
        pdf: bytes = render(order, press)
        actor = on_stage()
        if actor is not None:
            actor.stand("after the press")
            if actor.slow:
                actor.sleep(actor.slow)
        return pdf

    def looked(*words: object, **more: object) -> object:
        released: object = look(*words, **more)
        actor = on_stage()
        if actor is not None:
            actor.stand("after the last look")
        return released

    vars(make_module).update(render=rendered, take_last_look=looked)
    try:
        yield
    finally:
        vars(make_module).update(render=render, take_last_look=look)


def _always_open(profile: Profile) -> Profile:
    """Let kiosks serve at midnight and over the new year, so that papers are made across both."""
    kinds = tuple(
        replace(kind, opens=time(0, 0), closes=time(23, 59, 59, 999_999), closed_year_end=False)
        for kind in profile.kinds
    )
    return replace(profile, kinds=kinds, tax_feed_max_age_days=30, resident_feed_max_age_days=30)


def digest_of(history: History) -> str:
    """Digest everything of a history that its seed decides: not when the database's own clock recorded it."""
    digest = hashlib.sha256()
    rows: list[object] = [
        history.events,
        sorted(history.requests, key=lambda one: one.request_id),
        sorted(history.copies, key=lambda one: one.certificate_number),
        history.reports,
        sorted(history.holds, key=lambda one: (one.hold_id, one.revision)),
        history.generations,
        [(entry.lane, entry.sequence, entry.body) for entry in history.audit],
    ]
    for part in rows:
        digest.update(msgspec.json.encode(part))
    return digest.hexdigest()
