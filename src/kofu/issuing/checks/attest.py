"""Attestation (P8): a process says what it is made of, and serves only where that is what the deployment registered.

宗像市 2023: a correction made four years before was not applied there, and nobody could see it. 高松市 2024: a program
for one server ran on several. So at start a process states the digest of its own program, the schema it finds, the
forms, the font, the registered glyphs, the profile and the topology it was told; `kofu attest register` writes that
into the deployment's own database after an upgrade; and a process whose statement differs in one word refuses to serve
and names the word.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

import kofu
from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.issuing.acting.who_acts import Acting

DURABLE = "durable"
AT_ONCE, UPGRADE_MAX = timedelta(0), timedelta(hours=1)
_BEFORE_UNTIL = "before_until"
#: Settings by which PostgreSQL keeps what it confirmed → the values that do. `local` and `remote_write` would lose what
#: was confirmed in a fail-over or a crash of the standby's machine.
DURABLE_SETTINGS: dict[str, frozenset[str]] = {
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
    "synchronous_commit": frozenset({"on", "remote_apply"}),
}
_IGNORED_SUFFIXES = {".pyc", ".pyo"}
_KNOWN_MIGRATIONS = Path(kofu.__file__).parent / "issuing" / "migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStatement:
    """What a process is made of. Digests are SHA-256 in hexadecimal; `migrations` are names joined by blanks."""

    program: str  # every file of the package kofu
    migrations: str  # the schema's migrations this program knows
    schema: str  # those the database has
    forms: str  # every form version
    font: str
    glyphs: str  # the set of registered glyphs (外字); nothing where none was taken
    profile: str
    topology: str  # the name the operator gave this arrangement of processes and machines
    durability: str  # whether what was committed is on the disk: "durable", or the settings that give it up


@dataclass(frozen=True, slots=True)
class BuildDifference:
    """One word in which a process is not what was registered."""

    what: str
    registered: str
    found: str


def digest_of_tree(root: Path) -> str:
    """Digest every file under `root`, names and contents, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        relative = path.relative_to(root)
        if path.suffix in _IGNORED_SUFFIXES or "__pycache__" in relative.parts:
            continue
        content = path.read_bytes()
        digest.update(f"{relative.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def digest_of_file(path: Path) -> str:
    """Digest one file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def state(
    connection: psycopg.Connection,
    *,
    font: FontFile,
    drawn: FontFile | None,
    profile: Path,
    topology: str,
    program_root: Path | None = None,
) -> BuildStatement:
    """Say what this process is made of. `program_root` is the package's folder (by default the one that runs)."""
    root = program_root or Path(kofu.__file__).parent
    return BuildStatement(
        program=digest_of_tree(root),
        migrations=" ".join(sorted(path.stem for path in _KNOWN_MIGRATIONS.glob("[0-9]*.py"))),
        schema=" ".join(_applied(connection)),
        forms=digest_of_tree(root / "certificates" / "forms"),
        font=font.sha256,
        glyphs="" if drawn is None else drawn.sha256,
        profile=digest_of_file(profile),
        topology=topology,
        durability=durability_of(connection),
    )


def durability_of(connection: psycopg.Connection) -> str:
    """Say whether a commit in this session is on the disk when it returns: "durable", or what is off.

    PostgreSQL gives it up without an error, for a role or a database too (`ALTER ROLE … SET synchronous_commit = off`):
    a crash then takes journal entries of papers that were handed out.
    """
    rows = connection.execute(
        "SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name", [list(DURABLE_SETTINGS)]
    ).fetchall()
    weak = [f"{name}={setting}" for name, setting in rows if setting not in DURABLE_SETTINGS[name]]
    return " ".join(weak) or DURABLE


def _applied(connection: psycopg.Connection) -> tuple[str, ...]:
    rows = connection.execute("SELECT name FROM django_migrations WHERE app = 'issuing' ORDER BY name").fetchall()
    return tuple(name for (name,) in rows)


def register(
    connection: psycopg.Connection,
    acting: Acting,
    statement: BuildStatement,
    *,
    by: str,
    demonstration: bool,
    upgrade: timedelta = AT_ONCE,
) -> None:
    """Register what this deployment's processes must be from now on. Needs the schema owner's rights.

    `upgrade`: for so long processes of the registration before that serve already may go on, while they are replaced
    one after another; none of them starts again. At most `UPGRADE_MAX`.

    `demonstration`: every paper says 見本; only then may the database forget what it confirmed. Raises `OperatorFault`
    where the program and the schema do not belong together, or the database is not durable: that must be put right
    first.
    """
    if statement.migrations != statement.schema:
        raise OperatorFault("schema_behind", "the database has other migrations than this program: run them first")
    if statement.durability != DURABLE and not demonstration:
        raise OperatorFault(
            "not_durable",
            f"this database would lose confirmed entries in a crash ({statement.durability}); see "
            "docs/how-to/production-database.md, 'Settings that matter'",
        )
    if not by.strip():
        raise OperatorFault("unsigned", "a registration needs the name of the person who makes it")
    if not AT_ONCE <= upgrade <= UPGRADE_MAX:
        raise OperatorFault(
            "long_upgrade", f"processes are replaced within {UPGRADE_MAX} of a registration, or at once"
        )
    with connection.transaction():
        _insert(connection, acting, statement, by, upgrade)


def register_glyphs(connection: psycopg.Connection, acting: Acting, sha256: str, *, by: str) -> None:
    """Register another set of drawn glyphs (外字), all else as it is, inside the caller's transaction.

    Two people and the ledger's signature vouch for the set. Without a registration there is nothing to change.
    """
    known = registered(connection)
    if known is not None:
        _insert(connection, acting, replace(known[0], glyphs=sha256), by)


def _insert(
    connection: psycopg.Connection, acting: Acting, statement: BuildStatement, by: str, upgrade: timedelta = AT_ONCE
) -> None:
    stated = {f.name: getattr(statement, f.name) for f in fields(BuildStatement)}
    connection.execute(
        "INSERT INTO issuing_deployment (registered_at, registered_by, topology, statement)"
        " VALUES (%s, %s, %s, %s || jsonb_build_object(%s::text, clock_timestamp() + %s))",
        (acting.clock(), by, statement.topology, Jsonb(stated), _BEFORE_UNTIL, upgrade),
    )
    detail: dict[str, str | int] = {
        "program": statement.program[:16],
        "upgrade_minutes": int(upgrade.total_seconds()) // 60,
    }
    acting.record(connection, "deployment.register", "registered", actor=by, detail=detail)


def registered(connection: psycopg.Connection) -> tuple[BuildStatement, datetime] | None:
    """Read the statement in force: the last one registered, with its instant. None where there is none."""
    row = connection.execute(
        "SELECT statement, registered_at FROM issuing_deployment ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    stored, at = row
    return _statement(stored), at


def require_registered_profile(connection: psycopg.Connection, profile: Path) -> None:
    """Refuse a command under another profile than the deployment's: whether papers are real is not for it to say.

    Raises `OperatorFault` `other_profile`. A deployment that never was registered serves nothing yet.
    """
    known = registered(connection)
    if known is not None and known[0].profile != digest_of_file(profile):
        raise OperatorFault("other_profile", "KOFU_PROFILE is not the profile this deployment is registered with")


def differences(statement: BuildStatement, expected: BuildStatement) -> tuple[BuildDifference, ...]:
    """Compare word by word."""
    return tuple(
        BuildDifference(field.name, getattr(expected, field.name), getattr(statement, field.name))
        for field in fields(BuildStatement)
        if getattr(expected, field.name) != getattr(statement, field.name)
    )


def differences_now(connection: psycopg.Connection, statement: BuildStatement) -> tuple[BuildDifference, ...]:
    """Compare what a process stated at its start with what is registered, and what the database is, now."""
    known = registered(connection)
    if known is None:
        return (BuildDifference("registration", "", ""),)
    here = replace(statement, schema=" ".join(_applied(connection)), durability=durability_of(connection))
    found = differences(here, known[0])
    before = _still_good(connection) if found else None
    return () if before is not None and not differences(here, before) else found


def _still_good(connection: psycopg.Connection) -> BuildStatement | None:
    """Read the registration before the one in force, as long as its processes are being replaced; else None."""
    rows = connection.execute(
        "SELECT statement, (statement ->> %s)::timestamptz > clock_timestamp() FROM issuing_deployment"
        " ORDER BY id DESC LIMIT 2",
        [_BEFORE_UNTIL],
    ).fetchall()
    if len(rows) < 2 or not rows[0][1]:  # noqa: PLR2004 - the one in force, and the one before
        return None
    return _statement(rows[1][0])


def _statement(stored: dict[str, object]) -> BuildStatement:
    return BuildStatement(**{f.name: str(stored.get(f.name, "")) for f in fields(BuildStatement)})


def attest(connection: psycopg.Connection, acting: Acting, statement: BuildStatement) -> None:
    """Let this process serve, or refuse: compare with what is registered, and record the answer.

    Raises `OperatorFault` that names each difference and what to do about it.
    """
    known = registered(connection)
    found = () if known is None else differences(statement, known[0])
    result = "unregistered" if known is None else ("differs" if found else "attested")
    with connection.transaction():
        acting.record(
            connection,
            "process.attest",
            result,
            detail={
                "program": statement.program[:16],
                "schema": statement.schema,
                "topology": statement.topology,
                "differs": " ".join(difference.what for difference in found),
            },
        )
    if known is None:
        raise OperatorFault("not_registered", "this deployment is not registered: run `kofu attest register` once")
    if found:
        named = "; ".join(f"{d.what}: registered {_short(d.registered)}, found {_short(d.found)}" for d in found)
        raise OperatorFault(
            "attestation_failed",
            f"this process is not the one registered on {known[1]:%Y-%m-%d %H:%M} ({named}). "
            "Install the registered version, or, if the change is meant, run `kofu attest register`",
        )


def _short(word: str) -> str:
    """Shorten a digest for reading; names stay whole."""
    is_digest = len(word) == 64 and all(letter in "0123456789abcdef" for letter in word)  # noqa: PLR2004 - hex SHA-256
    return f"{word[:12]}…" if is_digest else (word or "nothing")
