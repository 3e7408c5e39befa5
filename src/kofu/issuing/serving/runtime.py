"""Put an issuing process together from its environment: profile, font, press, database, attestation.

==========================  ========================================================================================
`KOFU_TOPOLOGY`             name of this arrangement of processes and machines, as registered; default `single`
`KOFU_NODE`                 name of this process among them: begins the names of its audit lanes; default `1`
`KOFU_ISSUING_SLOTS`        threads that issue at the same time; default 4
==========================  ========================================================================================
and what `kofu.platform.settings` lists.
"""

from __future__ import annotations

import gc
import os
import re
import select
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psycopg
import structlog
from psycopg_pool import ConnectionPool

from kofu.certificates.make import make
from kofu.certificates.rehearsal import rehearse
from kofu.certificates.render import CertificatePress
from kofu.certificates.signed_code import code_signer
from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.core.profile import Profile
from kofu.issuing.acting.who_acts import Acting, system_acting, system_clock
from kofu.issuing.checks.attest import BuildStatement, attest, state
from kofu.issuing.checks.fence import fence_in, require_not_gone_back
from kofu.issuing.checks.watch import Watch
from kofu.issuing.feeds.erasure_register import register_in, require_erased
from kofu.issuing.glyphs.glyph_sets import drawn_glyphs
from kofu.issuing.requests.issuer import Issuer
from kofu.issuing.requests.not_certifiable import NOT_CERTIFIABLE
from kofu.issuing.serving.workers import Workers, WorkerSlot
from kofu.platform.fonts import find_font, read_font
from kofu.platform.profiles import load_profile
from kofu.platform.pseudonym import Pseudonyms, pseudonyms_of
from kofu.platform.settings import database_url, profile_path, var_dir
from kofu.staff.demonstration import require_no_demo_accounts

log = structlog.get_logger()

SLOTS_MAX = 64
PLACES_MAX = 256
LOCK_SECONDS_MAX = 3
RECONNECT_SECONDS = 1.0
"""How long the pool tries to connect by itself before who asks next makes it try at once. By itself it would wait 1, 2,
4 … seconds between two tries: after a fail-over of half a second nobody would be served for several."""
SWITCH_SECONDS = 0.0005
"""How long a thread that makes a paper may keep the interpreter while another waits for it. Each digest and each way to
the database lets it go, and at Python's own 5 ms to have it back takes longer than the paper: of a hundred requests a
second half took 26 ms instead of 40, for the same processor time (two processes, on two cores with other work)."""
_PLACES = 0x504C_4143  # "PLAC": keeps this use of advisory locks apart from others
_NAME = re.compile(r"[A-Za-z0-9-]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the environment names, checked."""

    profile: Profile
    profile_file: Path
    font: FontFile
    drawn: FontFile | None
    topology: str
    node: str
    slots: int


def read_environment(connection: psycopg.Connection) -> Environment:
    """Read the environment, and the drawn glyphs from the database. Raises `OperatorFault` that names the variable."""
    slots = os.environ.get("KOFU_ISSUING_SLOTS", "4")
    if not slots.isdigit() or not 1 <= int(slots) <= SLOTS_MAX:
        raise OperatorFault("bad_slots", f"KOFU_ISSUING_SLOTS must be a number from 1 to {SLOTS_MAX}")
    profile = load_profile(profile_path())
    return Environment(
        profile=profile,
        profile_file=profile_path(),
        font=read_font(find_font()),
        drawn=drawn_glyphs(connection, profile.code),
        topology=_name("KOFU_TOPOLOGY", "single"),
        node=_name("KOFU_NODE", "1"),
        slots=int(slots),
    )


def _name(variable: str, default: str) -> str:
    value = os.environ.get(variable, default)
    if not _NAME.fullmatch(value):
        raise OperatorFault("bad_name", f"{variable} must be 1 to 32 letters, digits and hyphens")
    return value


def pseudonyms() -> Pseudonyms:
    """Read the key of the pseudonyms, made at first use, readable by this system's account only."""
    return pseudonyms_of("issuing")


def build_issuer(profile: Profile, press: CertificatePress, acting: Acting, names: Pseudonyms) -> Issuer:
    """Bind the certificates' press to an issuer."""
    return Issuer(
        profile=profile,
        acting=acting,
        pseudonyms=names,
        make=lambda order: make(order, press),
        undrawable=press.undrawable,
        not_certifiable=NOT_CERTIFIABLE,
    )


def press_of(environment: Environment) -> CertificatePress:
    """Build the press with the fonts, and with the signing keys where the profile wants signed codes."""
    signer = code_signer(wanted=environment.profile.signed_code)
    return CertificatePress(environment.font, signer=signer, drawn=environment.drawn)


def rehearsed(press: CertificatePress, profile: Profile) -> CertificatePress:
    """Make a paper of nobody of each kind, so that no resident waits for a form to be read; a kind that fails is told.

    It is not refused here: holds, feeds and the other kinds are served as ever, and each request of it says why not.
    """
    for kind, fault in rehearse(profile, press, day_in_japan(system_clock())):
        log.error("issuing.kind_cannot_be_made", kind=kind.value, code=fault.code, message=fault.message)
    return press


def issuer_from_environment(connection: psycopg.Connection, *, lane: str, actor: str) -> Issuer:
    """Build one issuer, for the command line."""
    environment = read_environment(connection)
    acting = system_acting(lane=lane, actor=actor)
    return build_issuer(environment.profile, press_of(environment), acting, pseudonyms())


def state_here(connection: psycopg.Connection, environment: Environment) -> BuildStatement:
    """Say what this process is made of."""
    return state(
        connection,
        font=environment.font,
        drawn=environment.drawn,
        profile=environment.profile_file,
        topology=environment.topology,
    )


def open_workers() -> Workers:
    """Attest, connect, build the slots. Raises `OperatorFault` where this process must not serve (P8)."""
    url = database_url("issuing")
    fence = fence_in(var_dir())
    claim = psycopg.connect(url, autocommit=True)
    try:
        environment = read_environment(claim)
        lane = f"issuing-{environment.node}-{claim_place(claim, environment.node)}"
        statement = state_here(claim, environment)
        require_no_demo_accounts(
            claim, "issuing", specimen=environment.profile.specimen, today=day_in_japan(system_clock())
        )
        attest(claim, system_acting(lane=lane, actor="issuing"), statement)
        require_not_gone_back(claim, fence)
        require_erased(claim, register_in(var_dir()), environment.profile.code)
    except BaseException:
        claim.close()
        raise
    press, names = rehearsed(press_of(environment), environment.profile), pseudonyms()
    pool = ConnectionPool(
        url,
        min_size=environment.slots,
        max_size=environment.slots,
        kwargs={"autocommit": True},
        configure=_configure,
        check=require_quiet,
        reconnect_timeout=RECONNECT_SECONDS,
        open=True,
    )
    # fonts, forms and code live as long as the process: the collector need not go through them for every few papers
    # (a tenth of the processor time of pressing and looking)
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    slots = tuple(
        WorkerSlot(
            build_issuer(
                environment.profile,
                press,
                system_acting(lane=f"{lane}-{number}", actor="issuing"),
                names,
            )
        )
        for number in range(1, environment.slots + 1)
    )

    def draw_anew(connection: psycopg.Connection) -> str:
        """Let every slot draw with the glyph set held now; give its digest. Work under way ends as it began."""
        drawn = drawn_glyphs(connection, environment.profile.code)
        renewed = rehearsed(press_of(replace(environment, drawn=drawn)), environment.profile)
        for slot in slots:
            slot.issuer = replace(slot.issuer, make=lambda order: make(order, renewed), undrawable=renewed.undrawable)
        return "" if drawn is None else drawn.sha256

    watch = Watch(partial(psycopg.connect, url, autocommit=True), statement, fence, draw_anew)
    watch.start()
    return Workers(pool, slots, claim, watch)


def require_quiet(connection: psycopg.Connection) -> None:
    """Raise `OperationalError` where an idle connection has something to say: the database has ended it, or will.

    Asked of the socket, not of the database: no statement goes there and back before each piece of work. A connection
    that fails later fails in its work, which is refused and told, as it is where the database goes away in the middle.
    """
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    if connection.closed or line.poll(0):
        connection.close()  # so that the pool makes another
        raise psycopg.OperationalError("the database has ended this connection")


def _configure(connection: psycopg.Connection) -> None:
    """Let nothing wait long for a lock that a worker standing still may hold: the request is refused, or told later."""
    connection.execute(f"SET lock_timeout = '{LOCK_SECONDS_MAX}s'")


def claim_place(connection: psycopg.Connection, node: str) -> int:
    """Claim the first free place among the processes of a node, for as long as the connection lives.

    So each process writes audit lanes of its own, and the lanes stay few over many restarts. Two processes on one lane
    would be slower, never wrong. Raises `OperatorFault` where too many processes run.
    """
    for place in range(1, PLACES_MAX + 1):
        row = connection.execute(
            "SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_PLACES, f"{node} {place}")
        ).fetchone()
        if row and row[0]:
            return place
    raise OperatorFault("too_many_processes", f"more than {PLACES_MAX} processes of node {node} are running")
