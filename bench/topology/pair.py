"""A PostgreSQL and its synchronous standby, each on a machine of its own, and a fail-over by hand.

What is committed is on both disks before the database says so (`synchronous_standby_names`), so the standby may take
over at any moment. By hand: the old primary is made sure to be down, the standby promoted; it serves alone until the
other has been copied anew and follows it.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from bench.topology.machines import NETWORK, Machines
from bench.topology.units import Unit, dies_with_us, until
from kofu.platform.postgres import ADMIN_ROLE, COMMON, DURABLE, EmbeddedPostgres

PORT = "5432"
SETTINGS = COMMON | DURABLE | {
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "hot_standby": "on",
    "wal_keep_size": "256MB",
    "wal_sender_timeout": "5s",
    "wal_receiver_timeout": "5s",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "200ms",  # by itself a standby waits 5 s before it comes back, and commits with it
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}  # fmt: skip


@dataclass(slots=True)
class DatabaseNode:
    """A PostgreSQL on a machine: its data, its socket (which every machine here reaches), its process."""

    machine: str
    address: str
    cluster: EmbeddedPostgres
    sockets: Path
    machines: Machines
    log: Path
    unit: Unit = field(init=False)

    def __post_init__(self) -> None:
        self.unit = Unit(f"postgres-{self.machine}", self._words, dict, self.log)

    def _words(self) -> list[str]:
        settings = SETTINGS | {
            "listen_addresses": self.address,
            "port": PORT,
            "unix_socket_directories": str(self.sockets),
            "cluster_name": self.machine,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        program = str(self.cluster.programs / "postgres")
        return self.machines.on(
            self.machine, *dies_with_us(program, "-D", str(self.data), *options, account=self.cluster.account)
        )

    @property
    def data(self) -> Path:
        return self.cluster.data_dir

    @property
    def admin_url(self) -> str:
        """The administrator's way in, past the network."""
        return make_conninfo(
            "",
            host=str(self.sockets),
            port=PORT,
            user=ADMIN_ROLE,
            password=self.cluster.password,
            dbname="postgres",
            connect_timeout=2,
        )

    def ask(self, statement: str) -> object:
        """Ask it one thing; None where it does not answer."""
        try:
            with psycopg.connect(self.admin_url, autocommit=True) as admin:
                row = admin.execute(statement.encode()).fetchone()
        except psycopg.Error:
            return None
        return row[0] if row else None

    def set(self, name: str, value: str) -> None:
        """Change a setting for good, now."""
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
            admin.execute("SELECT pg_reload_conf()")

    def run(self, program: str, *words: str, **environment: str) -> None:
        """Run one of PostgreSQL's programs on its machine."""
        done = subprocess.run(
            self.machines.on(
                self.machine, *dies_with_us(str(self.cluster.programs / program), *words, account=self.cluster.account)
            ),
            env={**os.environ, "PGPASSWORD": self.cluster.password, **environment},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{program} on {self.machine}: {done.stderr.strip()}")


@dataclass(slots=True)
class PostgresPair:
    """Two of them. `primary`, `standby` say which is which now."""

    nodes: tuple[DatabaseNode, DatabaseNode]
    first: int = 0

    @property
    def primary(self) -> DatabaseNode:
        return self.nodes[self.first]

    @property
    def standby(self) -> DatabaseNode:
        return self.nodes[1 - self.first]

    def begin(self) -> None:
        """Make both, the second as a copy of the first."""
        self.primary.cluster.prepare()
        with (self.primary.data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            for database in ("all", "replication"):
                rules.write(f"host {database} all {NETWORK}.0/24 scram-sha-256\n")
        self.primary.unit.start()
        until(lambda: self.primary.ask("SELECT 1"), "the primary answers")
        self.follow()

    def follow(self) -> float:
        """Copy the primary anew to the other machine and let it follow; give the seconds until it is synchronous."""
        began, node = time.monotonic(), self.standby
        node.unit.stop(signal.SIGQUIT)
        subprocess.run(["rm", "-rf", str(node.data)], check=True)
        node.run(
            "pg_basebackup", "-D", str(node.data), "-R", "-X", "stream", "-c", "fast",
            "-d", f"host={self.primary.address} port={PORT} user={ADMIN_ROLE} application_name={node.machine}",
        )  # fmt: skip
        node.unit.start()
        streams = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        until(lambda: self.primary.ask(streams) == 1, "the standby follows")  # before: commits would wait for it
        self.primary.set("synchronous_standby_names", node.machine)
        until(self.is_synchronous, "the standby is synchronous")
        return time.monotonic() - began

    def is_synchronous(self) -> bool:
        """Whether what is committed now is on both disks."""
        return self.primary.ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == 1

    def fail_over(self) -> None:
        """Make the standby the primary, by hand: the old one is down for certain before."""
        self.primary.unit.stop(signal.SIGKILL)
        until(lambda: self.standby.ask("SELECT 1"), "the standby answers")
        self.standby.set("synchronous_standby_names", "")
        if self.standby.ask("SELECT pg_promote(true, 30)") is not True:
            raise SystemExit("the standby could not be promoted")
        self.first = 1 - self.first

    def stop(self) -> None:
        for node in self.nodes:
            node.unit.stop(signal.SIGQUIT)


def made_pair(machines: Machines, folder: Path, names: tuple[str, str] = ("a", "b")) -> PostgresPair:
    """Lay the folders of two database machines; nothing runs yet."""
    nodes = []
    for name in names:
        around = folder / name
        around.mkdir()
        around.chmod(0o755)
        cluster = EmbeddedPostgres(around / "data", durable=False)
        sockets = around / "s"
        sockets.mkdir()
        if cluster.account:
            account = pwd.getpwnam(cluster.account)
            for path in (around, sockets):
                os.chown(path, account.pw_uid, account.pw_gid)
        nodes.append(DatabaseNode(name, machines.addresses[name], cluster, sockets, machines, folder / f"{name}.log"))
    return PostgresPair((nodes[0], nodes[1]))
