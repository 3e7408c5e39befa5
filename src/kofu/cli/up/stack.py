"""The whole arrangement on one machine: what `kofu up` prepares, starts and ends.

Preparing is repeatable: what is there already stays. Each child learns only what it needs: its own
database's URL, its own certificate's folder, the profile, the font.
"""

from __future__ import annotations

import os
import secrets
import shlex
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import msgspec
import psycopg

from kofu.cli.kiosk import maintenance_password_file
from kofu.cli.up.demo_profile import open_around_the_clock
from kofu.cli.up.erasing import erase_as_timers_do
from kofu.cli.up.ledger_feeds import (
    ACTOR,
    INVENTED,
    WRITES_NIGHTS,
    FeedGround,
    follow_issuing,
    last_fed_day,
    ledger_in_use,
    newest_taken_in,
    take_in,
    take_released,
    take_waiting,
)
from kofu.cli.up.processes import Child, ensure_alive, run_verb, start_child, stop_children
from kofu.contracts.feed import FeedKind
from kofu.contracts.issuing import Hold
from kofu.core.calendar import JST, last_business_day_before
from kofu.core.errors import OperatorFault
from kofu.core.profile import Profile
from kofu.platform.feeds import public_key
from kofu.platform.fonts import ensure_font, read_font
from kofu.platform.made_once import secret_file
from kofu.platform.migrate import migrate
from kofu.platform.postgres import (
    EmbeddedPostgres,
    SystemDatabase,
    ensure_system_database,
    start_embedded,
)
from kofu.platform.profiles import load_profile
from kofu.platform.secret_files import close_to_others
from kofu.platform.settings import DATABASE_SYSTEMS, STAFF_SCREENS, port_of, staff_url, url_of
from kofu.platform.tls import TlsFiles, client_context, make_development_ca
from kofu.registry.jpki.authority import make_authority
from kofu.ward.make import WardFolder

READY_SECONDS_MAX = 60
#: Started in this order: who is asked comes before who asks.
SERVED = ("registry", "issuing", "center", "verification", "kiosk", "ledger", "console", "start")
SEED = 20260105
RELEASED_EVERY = 5  # looks at the processes for one look at released feeds

Say = Callable[[str], None]


@dataclass(slots=True)
class Stack:
    """The arrangement under one `var` folder. Use it in order: `prepare`, `start`, and always `stop`."""

    var: Path
    profile: Path
    people: int
    say: Say
    always_open: bool = True
    day_in_progress: bool = False
    _children: list[Child] = field(default_factory=list)
    _server: EmbeddedPostgres | None = None
    _databases: dict[str, SystemDatabase] = field(default_factory=dict)
    _font: Path = Path()
    _ground: FeedGround | None = None
    _folders_seen: str = ""
    _watched: int = 0
    _erased_on: date = date.min

    # -- prepare ------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Font, database, certificates, ward, feeds: made where missing, brought to today where old."""
        self._require_free_ports()
        self._font = ensure_font()
        self.say(f"font       {self._font}")
        self._prepare_databases()
        make_development_ca(self.var / "tls")
        make_authority(self.var / "jpki")
        self._make_center_key()
        if self.always_open:
            self.profile = open_around_the_clock(self.profile, self.var / "demo")
        values = load_profile(self.profile)
        self.say(f"profile    {values.name} ({values.code})")
        in_use = ledger_in_use(self._databases["ledger"].owner_url)
        issuing_url = self._databases["issuing"].owner_url
        ward = self._prepare_ward(values, in_use=in_use, taken_in=newest_taken_in(issuing_url, values.code))
        self._ground = FeedGround(
            issuing_url=issuing_url,
            keys={kind: public_key(self.var / "keys", kind) for kind in FeedKind},
            municipality_code=values.code,
            transposition=values.transposition,
        )
        self._import_feeds(ward, in_use=in_use)
        self._queue_holds(ward)
        self._take_over(ward)
        self._make_staff(values)
        told = self._leave_a_day_in_progress(values, ward)
        if in_use or told:
            self._feed_from_ledger()
        self._erase()
        self._register()
        self._write_operator_file()

    def _require_free_ports(self) -> None:
        for system in SERVED:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port_of(system)))
                except OSError as error:
                    raise OperatorFault(
                        "port_taken",
                        f"port {port_of(system)} for {system} is taken (another `kofu up`?); end that program or name "
                        f"another port by KOFU_{system.upper()}_PORT",
                    ) from error

    def _prepare_databases(self) -> None:
        admin_url = os.environ.get("KOFU_DATABASE_URL")
        if admin_url is None:
            self._server = start_embedded(self.var / "postgres")
            admin_url = self._server.admin_url
            self.say(f"database   embedded PostgreSQL in {self._server.data_dir}")
        else:
            self.say("database   the PostgreSQL named by KOFU_DATABASE_URL")
        secret = secret_file(self.var / "secrets" / "roles.key")
        for system in DATABASE_SYSTEMS:
            self._databases[system] = ensure_system_database(admin_url, system, secret=secret)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda system: migrate(system, self._databases[system].owner_url), DATABASE_SYSTEMS))

    def _make_center_key(self) -> None:
        """Make the key of the back page at the first run."""
        from kofu.center.back.keys import make_key

        folder = self.var / "center-keys"
        if not any(folder.glob("*.key")):
            make_key(folder, datetime.now(JST).date())

    def _prepare_ward(self, values: Profile, *, in_use: bool, taken_in: int) -> WardFolder:
        """Take today's ward, or write one: yesterday's feed would be refused as too old soon (P7).

        A ward whose ledger is in use keeps its size: nobody can be owed or paid for who is not in the ledger. A new one
        follows the feeds already taken in (`taken_in`), those somebody took in by hand among them.
        """
        from kofu.ward.make import make_ward
        from kofu.ward.people import Municipality, WardPlan

        today = datetime.now(JST).date()
        note = self.var / "ward" / "made.json"
        known = msgspec.json.decode(note.read_bytes(), type=MadeNote) if note.exists() else MadeNote()
        folder = WardFolder(folder=self.var / "ward", generation=known.generation)
        if in_use and known.people and known.people != self.people:
            self.say(f"ward       stays at {known.people:,} people, its ledger is in use; `make clean` begins anew")
            self.people = known.people
        if known.day == today.isoformat() and known.people == self.people:
            self.say(f"ward       {self.people:,} people, as of {today}")
            return folder
        generation = max(known.generation, taken_in) + 1
        plan = WardPlan(
            municipality=Municipality(code=values.code, name=values.name),
            seed=SEED,
            size=self.people,
            day=today,
            # a ledger with a day in progress is taken over as of the last business day, which is closed this morning
            tax_closed_on=last_business_day_before(today) if self.day_in_progress and not in_use else None,
            years=max(4, *(kind.years for kind in values.kinds)),
            font=self._font,
        )
        made = make_ward(
            self.var / "ward", plan, created_at=datetime.now(UTC), keys=self.var / "keys", generation=generation
        )
        note.write_bytes(msgspec.json.encode(MadeNote(today.isoformat(), self.people, generation)))
        self.say(f"ward       {made.people:,} invented people, {made.assessments + made.collections:,} tax records")
        return made.at

    def _import_feeds(self, ward: WardFolder, *, in_use: bool) -> None:
        """Take in the ward's feeds; its tax feed only as long as the ledger has not taken over."""
        from kofu.registry.known_subjects import load_people
        from kofu.registry.look_ups import load_outside
        from kofu.registry.serials import load_serials

        for folder in (ward.resident_feed,) if in_use else (ward.tax_feed, ward.resident_feed):
            self.say(f"feed       {take_in(self._feeds(), folder)}")
        with psycopg.connect(self._databases["registry"].owner_url) as connection:
            load_serials(connection, ward.registry_certificates)
            load_people(connection, load_profile(self.profile).code, ward.resident_feed / "residents.csv")
            if ward.registry_outside.exists():
                load_outside(connection, ward.registry_outside)

    def _feeds(self) -> FeedGround:
        if self._ground is None:
            raise OperatorFault("not_prepared", "the arrangement takes feeds in once it is prepared")
        return self._ground

    def _feed_from_ledger(self) -> None:
        """Write the ledger's feed of today, where there is none yet, and take in what waits."""
        from kofu.ledger.feed.held_nights import NightHeldError
        from kofu.ledger.nights.tonight import write_tonight

        url = self._databases["ledger"]
        follow_issuing(self._feeds(), url.app_url)
        last = last_fed_day(url.owner_url, self._feeds().municipality_code)
        today = datetime.now(JST).date()
        if last is None or last < today:
            try:
                report = write_tonight(
                    actor=WRITES_NIGHTS,
                    day=today,
                    out=self.feeds_folder,
                    database=url.app_url,
                    profile=self.profile,
                    var=self.var,
                    gates=INVENTED,
                )
                self.say(f"night      generation {report.generation} ({report.mode}), {report.rows:,} rows")
            except NightHeldError as held:
                self.say(f"night      {held}")
        self.take_in_waiting()

    def _erase(self) -> None:
        """Do what the timers of a ward erase in a night, once a day."""
        self._erased_on = datetime.now(JST).date()
        for line in erase_as_timers_do(
            issuing_url=self._databases["issuing"].owner_url,
            ledger_url=self._databases["ledger"].app_url,
            profile=self.profile,
            values=load_profile(self.profile),
            var=self.var,
            day=self._erased_on,
        ):
            self.say(f"erasing    {line}")

    @property
    def feeds_folder(self) -> Path:
        """Where the ledger's nights leave their feeds and `issuing` finds them."""
        return self.var / "feeds"

    def take_in_waiting(self) -> None:
        """Take in the ledger's feeds that were written since, as `kofu feed take` does at a ward."""
        for line in take_waiting(self._feeds(), self.feeds_folder):
            self.say(f"feed       {line}")
        self._folders_seen = self._newest_folder()

    def _newest_folder(self) -> str:
        return max((path.name for path in self.feeds_folder.glob("tax-*")), default="")

    def _take_over(self, ward: WardFolder) -> None:
        """Give the collection ledger its first contents; a ledger in use keeps what it has."""
        from kofu.ledger.taking_over.take_over import take_over

        with psycopg.connect(self._databases["ledger"].owner_url, autocommit=True) as connection:
            known = connection.execute("SELECT count(*) FROM notice").fetchone()
            if known and known[0]:
                self.say(f"ledger     {known[0]:,} notices")
                self._state_what_is_certified(connection, ward)
                return
            taken = take_over(
                connection,
                tax_feed=ward.tax_feed,
                resident_feed=ward.resident_feed,
                keys=dict(self._feeds().keys),
                actor=ACTOR,
                transposition=self._feeds().transposition,
            )
        self.say(f"ledger     {taken.notices:,} notices taken over, {taken.payments:,} payments")

    def _leave_a_day_in_progress(self, values: Profile, ward: WardFolder) -> bool:
        """Leave work on the desks of a demonstration's new ledger, and at the console; whether that was done now."""
        from kofu.cli.up.day_in_progress.held_feed import leave_a_held_feed
        from kofu.cli.up.day_in_progress.story import leave_a_day

        if not values.specimen or not self.day_in_progress:
            return False
        left = leave_a_day(self._databases["ledger"].owner_url, values, self.var)
        for line in left or ():
            self.say(f"desk       {line}")
        if left is not None and (held := leave_a_held_feed(self._feeds(), ward, self.var, values.gates)):
            self.say(f"feed       {held}")
        return left is not None

    def _state_what_is_certified(self, connection: psycopg.Connection, ward: WardFolder) -> None:
        """Take 賦課情報 over into a ledger that was taken over before it held any."""
        from kofu.ledger.taking_over.take_statements import take_statements
        from kofu.platform.signed_manifests import read_signed_manifest

        stated = connection.execute("SELECT EXISTS (SELECT FROM assessment_statement)").fetchone()
        if not (stated and stated[0]):
            manifest = read_signed_manifest(ward.tax_feed, self._feeds().keys[FeedKind.TAX])
            taken = take_statements(connection, ward.tax_feed, manifest, ACTOR, self._feeds().transposition)
            self.say(f"ledger     {taken.new:,} assessments taken over")

    def _queue_holds(self, ward: WardFolder) -> None:
        from kofu.registry.send_hold import queue

        lines = ward.holds.read_bytes().splitlines()
        holds = [msgspec.json.decode(line, type=Hold) for line in lines]
        with psycopg.connect(self._databases["registry"].owner_url) as connection:
            queue(connection, holds, datetime.now(UTC))

    def _register(self) -> None:
        """Register what the processes must be (P8): this program, this schema, these forms, font and profile."""
        from kofu.issuing.acting.who_acts import system_acting
        from kofu.issuing.checks.attest import register, state
        from kofu.issuing.glyphs.glyph_sets import drawn_glyphs

        with psycopg.connect(self._databases["issuing"].owner_url, autocommit=True) as connection:
            font, drawn = read_font(self._font), drawn_glyphs(connection, load_profile(self.profile).code)
            statement = state(connection, font=font, drawn=drawn, profile=self.profile, topology="single")
            register(
                connection, system_acting(lane="kofu-up", actor="kofu up"), statement, by="kofu up", demonstration=True
            )

    def _make_staff(self, values: Profile) -> None:
        """Make the demonstration's accounts, in processes of their own: each system has its own Django."""
        if not values.specimen:
            self.say("staff      no demo accounts: make the first one by `kofu staff create`")
            return

        def make(system: str) -> str:
            environment = self.environment(system) | {
                f"KOFU_{system.upper()}_DATABASE_URL": self._databases[system].owner_url
            }
            return run_verb(["staff", "demo", system], environment)

        with ThreadPoolExecutor() as pool:
            said = list(pool.map(make, DATABASE_SYSTEMS))
        self.say(f"staff      {', '.join(said)}")

    # -- start --------------------------------------------------------------------------------------------------------

    def environment(self, system: str) -> dict[str, str]:
        """Environment of one child: what it needs and nothing of its neighbours' credentials."""
        kept = {name: value for name, value in os.environ.items() if not name.endswith("_DATABASE_URL")}
        own = {
            "KOFU_VAR": str(self.var),
            "KOFU_PROFILE": str(self.profile),
            "KOFU_FONT_DIR": str(self._font.parent),
            "KOFU_CARDS": str(self.var / "ward" / "cards.json"),
        }
        owner = STAFF_SCREENS.get(system, system)
        if owner in self._databases:
            database = self._databases[owner]
            url = database.screens_url if system in STAFF_SCREENS else database.app_url
            own[f"KOFU_{owner.upper()}_DATABASE_URL"] = url
        if system == "kiosk":
            own["KOFU_KIOSK_PASSWORD_HASH"] = self._maintenance_hash()
        if system == "center" and self.always_open:
            own["KOFU_CENTER_ALWAYS_OPEN"] = "1"
        return kept | own

    def _maintenance_hash(self) -> str:
        """Hash the demonstration's maintenance password; the start page shows the password itself."""
        from kofu.kiosk.maintenance import hash_password

        path = maintenance_password_file(self.var)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_hex(6))
        return hash_password(path.read_text(encoding="ascii"), secrets.token_bytes(16))

    def _write_operator_file(self) -> None:
        """Write `var/operator.sh`: what the operator's own commands on this stack need (feeds, cases, stops)."""
        urls = {
            f"KOFU_{system.upper()}_{owner}DATABASE_URL": url
            for system, database in self._databases.items()
            for owner, url in (("OWNER_", database.owner_url), ("", database.app_url))
        } | {
            f"KOFU_{system.upper()}_SCREENS_DATABASE_URL": self._databases[system].screens_url
            for system in STAFF_SCREENS.values()
        }
        variables = {name: value for name, value in self.environment("operator").items() if name.startswith("KOFU_")}
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted((variables | urls).items())]
        path = self.var / "operator.sh"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(lines)

    def start(self) -> None:
        """Start every system and wait until each answers."""
        close_to_others(self.var)
        for system in SERVED:
            self._children.append(start_child(system, ["serve", system], self.environment(system), self.var / "log"))
        for system in SERVED:
            self._wait_until_ready(system)
            self.say(f"{system:<10} {self.address_of(system)}")
        self._send_holds()

    @staticmethod
    def address_of(system: str) -> str:
        """Address a system answers at; the screens on plain HTTP, since browser and server are one device."""
        if system in {"kiosk", "start", "verification"}:
            return f"http://127.0.0.1:{port_of(system)}"
        if system in STAFF_SCREENS:
            return staff_url(system)
        return url_of(system)

    def tls(self, name: str) -> TlsFiles:
        """Certificate files of a name on this stack."""
        folder = self.var / "tls"
        return TlsFiles(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")

    def _wait_until_ready(self, system: str) -> None:
        context = client_context(self.tls("center" if system != "center" else "kiosk-0001"))
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            ensure_alive(self._children)
            try:
                if (
                    httpx.get(f"{self.address_of(system)}/healthz", verify=context, timeout=2).status_code
                    == httpx.codes.OK
                ):
                    return
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                time.sleep(0.2)
        raise OperatorFault("not_ready", f"{system} did not answer within {READY_SECONDS_MAX} s; see {self.var}/log")

    def _send_holds(self) -> None:
        from kofu.platform.hold_outbox import send_waiting

        with (
            psycopg.connect(self._databases["registry"].owner_url) as connection,
            httpx.Client(base_url=url_of("issuing"), verify=client_context(self.tls("registry")), timeout=10) as client,
        ):
            sent = send_waiting(connection, client, datetime.now(UTC))
        if sent.waiting > sent.refused:
            raise OperatorFault(
                "holds_not_sent", f"{sent.waiting} holds could not be sent: {', '.join(sent.failures[:3])}"
            )
        if sent.refused:  # what issuing answers and does not take stands before nobody: people look at it
            self.say(f"holds      {sent.refused} refused by issuing: see `kofu hold list`, correct or discard them")
        self.say(f"holds      {sent.delivered} sent to issuing at once")

    def watch(self) -> None:
        """Look whether all are still there, and whether a night left a feed, or two people released one, to take in.

        Raises `OperatorFault` with the last words of a process that is gone.
        """
        ensure_alive(self._children)
        self._watched += 1
        if self._watched % RELEASED_EVERY == 0:
            self._take_in_released()
        if self._newest_folder() > self._folders_seen or datetime.now(JST).date() > self._erased_on:
            try:
                self.take_in_waiting()
                self._erase()
            except OperatorFault as error:  # yesterday's data keep serving; the operator reads why
                self._folders_seen = self._newest_folder()
                self.say(f"feed       {error}")

    def _take_in_released(self) -> None:
        try:
            for line in take_released(self._feeds()):
                self.say(f"feed       {line}")
        except OperatorFault as error:  # as above; it stays released until it is taken in or refused
            self.say(f"feed       {error}")

    def stop(self) -> None:
        """End everything that was started, the database last."""
        stop_children(self._children)
        self._children.clear()
        if self._server is not None:
            self._server.stop()
            self._server = None


class MadeNote(msgspec.Struct, frozen=True):
    """What ward lies under `var/ward`: business day, size, generation of its feeds."""

    day: str = ""
    people: int = 0
    generation: int = 0
