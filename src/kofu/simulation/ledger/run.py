"""Run a plan of the ledger on a database of its own and give its history, judged by the model of `kofu_proof`."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo

from kofu.core.errors import OurFault
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.rates import RateKind, RateTable
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.payments import post_batch
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.platform.insert_rows import insert_rows
from kofu.simulation.clocks import SimulationClocks
from kofu.simulation.ledger.decisions import Decisions
from kofu.simulation.ledger.desks import Desks
from kofu.simulation.ledger.identities import seeded_identities
from kofu.simulation.ledger.plan import DrawnDisturbance, DrawnNotice, DrawnPayment, LedgerPlan, Way
from kofu.simulation.ledger.staff import WARD, LedgerStaff
from kofu.simulation.ledger.stories import DECIDED_STORIES
from kofu.simulation.run import SimulationDatabases
from kofu.simulation.stage import SimulationStage, StagedActor
from kofu_proof.check import Checked, check
from kofu_proof.databases import read_databases
from kofu_proof.history import History, write_history
from kofu_proof.violations import Violation

ASSESSED_ON = date(2026, 6, 1)
RATE_YEARS = range(2026, 2029)
NOTICES_PER_GROUP = 5_000
GROUPS_PER_FILE = 4
HOURS_TO_THE_END = 2
#: Rates are announced for every year a simulation can reach.
RATES = RateTable(dict.fromkeys(RATE_YEARS, rates().years[2026]), "simulation")


@dataclass(frozen=True, slots=True)
class SimulatedLedger:
    """What came of a plan: its history judged, a digest of all of it, what was done to the actors, and the log."""

    plan: LedgerPlan
    checked: Checked
    digest: str
    steps: int
    struck: dict[str, int]
    yen: int
    log: tuple[str, ...]

    @property
    def rules(self) -> frozenset[str]:
        """The rules that are broken."""
        return frozenset(violation.rule for violation in self.checked.violations)


def run_ledger(plan: LedgerPlan, databases: SimulationDatabases, folder: Path | None = None) -> SimulatedLedger:
    """Play a plan and judge its history; it lies in `folder` afterwards, which must be there, and empty."""
    with databases.fresh() as database, psycopg.connect(databases.admin_url, autocommit=True) as watcher:
        name = psycopg.conninfo.conninfo_to_dict(database.app_url)["dbname"]
        with psycopg.connect(make_conninfo(databases.admin_url, dbname=name), autocommit=True) as observer:
            stage = SimulationStage(plan.seed, plan.faults, watcher)
            staff = LedgerStaff(
                stage=stage,
                clocks=SimulationClocks(stage, plan.start),
                plan=plan,
                url=database.app_url,
                observer=observer,
                rules=MatchingRules(RATES),
                profile=ledger_profile(WARD),
                layouts=Layouts(None, specimen=True),
                chance=random.Random(f"{plan.seed} ledger processes"),  # noqa: S311 - a history must repeat
            )
            own = _play(plan, staff)
            kept = read_databases(None, database.app_url)
    history = msgspec.structs.replace(
        kept, municipality_code=WARD, has=(kept.has | {"told"}) - {"money"}, told=tuple(staff.told), money=()
    )
    if folder is not None:
        write_history(folder, history)
    checked = check(history)
    return SimulatedLedger(
        plan=plan,
        checked=replace(checked, violations=(*checked.violations, *own)),
        digest=digest_of(history),
        steps=stage.steps,
        struck=dict(sorted(stage.struck.items())),
        yen=sum(payment.yen for payment in history.books.payments),
        log=tuple(stage.log),
    )


def _play(plan: LedgerPlan, staff: LedgerStaff) -> tuple[Violation, ...]:
    """Let everybody work until the evening; say what was never done."""
    stage = staff.stage
    groups = max(2, plan.rows_per_file // GROUPS_PER_FILE)
    with seeded_identities(plan.seed), groups_of(groups):
        _assess(plan, staff)
        decisions = _enter_all(plan, staff)
        try:
            stage.play()
            stage.enter("the end", partial(_end, staff=staff, decisions=decisions))
            stage.play()
        except OurFault as fault:
            if fault.code != "nobody_can_act":
                raise
            return (Violation("service.stands_still", "simulation", "somebody waits for what never comes"),)
    what = "was tried again and again and never done"
    return tuple(Violation("service.given_up", _plain(name), what) for name in stage.given_up)


def _plain(name: str) -> str:
    return "".join(letter if letter.isascii() else "#" for letter in name)


def _enter_all(plan: LedgerPlan, staff: LedgerStaff) -> Decisions:
    """Let everybody enter."""
    stage = staff.stage
    of_file: dict[str, list[tuple[DrawnNotice, DrawnPayment]]] = defaultdict(list)
    for notice in plan.notices:
        for one in notice.payments:
            for name in one.files:
                of_file[name].append((notice, one))
    files = [one for one in plan.files if one.name in of_file]
    desks = Desks(staff, of_file, {one.name for one in files})
    decisions = Decisions(staff, desks)
    for file in files:
        body = desks.till if file.way is Way.TILL else desks.file
        stage.enter(f"file {file.name}", partial(body, drawn=file))
    deciding = [notice for notice in plan.notices if notice.story in DECIDED_STORIES]
    for kind, grows in (("reduce", False), ("increase", True)):
        changed = [one for one in deciding if one.change is not None and one.change.grows is grows]
        if changed:
            stage.enter(f"changes {kind}", partial(desks.changes, kind=kind, notices=changed))
    for notice in deciding:
        stage.enter(f"notice {notice.number}", partial(decisions.play, notice=notice))
    for beside in plan.disturbances:
        stage.enter(f"beside {beside.number}", partial(_disturb, staff=staff, decisions=decisions, one=beside))
    stage.enter("nights", desks.nights)
    return decisions


def _assess(plan: LedgerPlan, staff: LedgerStaff) -> None:
    """Put the notices into the ledger before anything begins, and tell the model of them."""
    for year, found in RATES.years.items():
        staff.note_told(
            "rate", year=year, first_month=found[RateKind.FIRST_MONTH], after=found[RateKind.AFTER],
            refund=found[RateKind.REFUND],
        )  # fmt: skip
    booked = Posting(actor="simulation", booked_on=ASSESSED_ON, recorded_at=staff.clocks.beginning)
    with psycopg.connect(staff.url, autocommit=True) as connection:
        for first in range(0, len(plan.notices), NOTICES_PER_GROUP):
            group = plan.notices[first : first + NOTICES_PER_GROUP]
            with connection.transaction():
                _add_people(connection, [notice for notice in group if notice.change is not None])
                made = add_notices(
                    connection,
                    [(_notice(one), [(claim.installment, claim.due) for claim in one.claims]) for one in group],
                )
                books = open_books(connection, claim_ids=[claim.claim_id for claims in made for claim in claims])
                for notice, claims in zip(group, made, strict=True):
                    for drawn, claim in zip(notice.claims, claims, strict=True):
                        books.post(posting.assess(claim.claim_id, drawn.yen, ASSESSED_ON))
                        staff.note_told(
                            "claim", notice=notice.notice_number, installment=drawn.installment, due=drawn.due,
                            yen=drawn.yen,
                        )  # fmt: skip
                store_books(connection, books, booked)
        connection.execute("ANALYZE")


def _notice(drawn: DrawnNotice) -> Notice:
    return Notice(
        municipality_code=WARD,
        notice_number=drawn.notice_number,
        addressee_number=drawn.addressee_number,
        tax=Tax.RESIDENT,
        fiscal_year=2026,
        origin_year=2026,
        collection_method="ordinary",
        statutory_due_date=drawn.claims[0].due,
    )


def _add_people(connection: psycopg.Connection, notices: list[DrawnNotice]) -> None:
    columns = dict.fromkeys(
        ("municipality_code", "addressee_number", "name", "kana", "search_kana", "search_name", "birthday",
         "postal_code", "address", "status"),
        "text",
    )  # fmt: skip
    insert_rows(
        connection,
        "taxpayer",
        {**columns, "protected": "boolean"},
        (
            (WARD, one.addressee_number, "見本", "", "", "", "", "1600000", "東京都見本区", "resident", False)
            for one in notices
        ),
    )


def _disturb(actor: StagedActor, staff: LedgerStaff, decisions: Decisions, one: DrawnDisturbance) -> None:
    actor.sleep(one.at)
    match one.what:
        case "post":
            decisions.desks.post(actor, f"post {one.number}", f"post {one.number % 2}")
        case "pay":
            decisions.pay(actor, f"pay {one.number}")
        case "kill":
            staff.stage.kill(one.process)
        case _:
            staff.clocks.be_wrong(actor, one.clock, one.seconds)


def _end(actor: StagedActor, staff: LedgerStaff, decisions: Decisions) -> None:
    """Let the evening come: what is left is posted and paid."""
    staff.clocks.set_right()
    actor.sleep(HOURS_TO_THE_END * 3600)
    decisions.desks.post(actor, "last night", "night")
    decisions.pay(actor, f"pay {len(staff.plan.disturbances)}")
    decisions.note_paid()


@contextmanager
def groups_of(rows: int) -> Iterator[None]:
    """Let a batch be posted in groups of so many rows, so that there is something between two of them."""
    real = vars(post_batch)["ROWS_PER_GROUP"]
    vars(post_batch)["ROWS_PER_GROUP"] = rows
    try:
        yield
    finally:
        vars(post_batch)["ROWS_PER_GROUP"] = real


def digest_of(history: History) -> str:
    """Digest everything of a history that its seed decides: not when the database's own clock recorded it."""
    digest = hashlib.sha256()
    books = history.books
    for part in (
        history.told, books.claims, books.payments, books.shares, books.transfers,
        [(entry.lane, entry.sequence, entry.body) for entry in history.audit],
    ):  # fmt: skip
        digest.update(msgspec.json.encode(part))
    return digest.hexdigest()
