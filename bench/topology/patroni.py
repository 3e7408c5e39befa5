"""A PostgreSQL and its synchronous standby kept by Patroni, with etcd to say who leads: fail-over without a person.

Debian: patroni, etcd-server. One member of etcd on a machine of its own: what is looked at is the database's fail-over,
not etcd's.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass, field

from bench.processes import family_of
from bench.topology.machines import NETWORK, Machines
from bench.topology.pair import PORT, SETTINGS, DatabaseNode, PostgresPair
from bench.topology.units import Unit, dies_with_us, until
from kofu.platform.postgres import ADMIN_ROLE

WITNESS = "etcd"
TTL_SECONDS, LOOP_SECONDS, RETRY_SECONDS = 10, 2, 3
"""How long a leader is believed that says nothing; how often each looks; how long a look is tried again."""


def missing_programs() -> str:
    """Say which programs are not here; "" where all are."""
    lacks = [program for program in ("patroni", "etcd") if shutil.which(program) is None]
    return f"missing: {', '.join(lacks)} (scripts/install-test-tools)" if lacks else ""


@dataclass(slots=True)
class PatroniPair(PostgresPair):
    """Two databases of which Patroni says which is which. What a unit runs is Patroni, which runs PostgreSQL."""

    etcd: Unit | None = None
    machines: Machines | None = field(default=None)

    def begin(self) -> None:
        """Start etcd and both; wait until one leads and the other is its synchronous standby."""
        if self.machines is None:
            raise SystemExit("a pair of Patroni needs its machines")
        around = self.nodes[0].sockets.parent.parent
        at = self.machines.addresses[WITNESS]
        words = self.machines.on(
            WITNESS,
            *dies_with_us(
                "etcd", "--name", WITNESS, "--data-dir", str(around / "etcd"), "--enable-v2",
                "--listen-client-urls", f"http://{at}:2379", "--advertise-client-urls", f"http://{at}:2379",
                "--listen-peer-urls", f"http://{at}:2380", "--initial-advertise-peer-urls", f"http://{at}:2380",
                "--initial-cluster", f"{WITNESS}=http://{at}:2380",
            ),
        )  # fmt: skip
        self.etcd = Unit("etcd", lambda: words, lambda: {"ETCD_UNSUPPORTED_ARCH": ""}, around / "etcd.log")
        self.etcd.start()
        for node in self.nodes:
            node.unit = self._unit(node, at)
        self.nodes[0].unit.start()
        until(lambda: self.nodes[0].ask("SELECT NOT pg_is_in_recovery()"), "the first database leads", 90)
        self.nodes[1].unit.start()
        until(self.is_synchronous, "the second is its synchronous standby", 90)

    def _unit(self, node: DatabaseNode, etcd: str) -> Unit:
        config = node.sockets.parent / "patroni.json"  # JSON is YAML
        login = {"username": ADMIN_ROLE, "password": node.cluster.password}
        settings = {name: value for name, value in SETTINGS.items() if name != "listen_addresses"}
        config.write_text(
            json.dumps(
                {
                    "scope": "kofu",
                    "name": node.machine,
                    "restapi": {"listen": f"{node.address}:8008", "connect_address": f"{node.address}:8008"},
                    "etcd3": {"hosts": f"{etcd}:2379"},
                    "bootstrap": {
                        "dcs": {
                            "ttl": TTL_SECONDS,
                            "loop_wait": LOOP_SECONDS,
                            "retry_timeout": RETRY_SECONDS,
                            "maximum_lag_on_failover": 0,
                            "synchronous_mode": True,
                            "primary_start_timeout": 0,
                            "master_start_timeout": 0,
                            "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": settings},
                        },
                        "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
                    },
                    "postgresql": {
                        "listen": f"{node.address}:{PORT}",
                        "connect_address": f"{node.address}:{PORT}",
                        "data_dir": str(node.data),
                        "bin_dir": str(node.cluster.programs),
                        "authentication": {"superuser": login, "replication": login, "rewind": login},
                        "pgpass": str(config.with_name("pgpass")),
                        "parameters": {"unix_socket_directories": str(node.sockets)},
                        "use_unix_socket": True,
                        "pg_hba": [
                            "local all all scram-sha-256",
                            f"host all all {NETWORK}.0/24 scram-sha-256",
                            f"host replication all {NETWORK}.0/24 scram-sha-256",
                        ],
                    },
                }
            ),
            encoding="utf-8",
        )
        if node.cluster.account:
            shutil.chown(config, node.cluster.account)
        words = node.machines.on(node.machine, *dies_with_us("patroni", str(config), account=node.cluster.account))
        return Unit(f"postgres-{node.machine}", lambda: words, dict, node.log)

    @property
    def primary(self) -> DatabaseNode:
        """Ask both which takes writes; wait for one that does."""
        leads: list[DatabaseNode] = []

        def one_leads() -> bool:
            leads[:] = [node for node in self.nodes if node.ask("SELECT NOT pg_is_in_recovery()")]
            return bool(leads)

        until(one_leads, "one of the databases leads", 60)
        return leads[0]

    @property
    def standby(self) -> DatabaseNode:
        return self.nodes[1] if self.primary is self.nodes[0] else self.nodes[0]

    def is_synchronous(self) -> bool:
        """Whether one leads and what it commits is on both disks."""
        return any(
            node.ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == 1 for node in self.nodes
        )

    def lose_primary(self, lost: DatabaseNode) -> float:
        """Let the primary's machine be gone, Patroni and all; give the seconds until the other takes writes."""
        other = self.nodes[1] if lost is self.nodes[0] else self.nodes[0]
        began = time.monotonic()
        _kill_all(lost)
        until(lambda: other.ask("SELECT NOT pg_is_in_recovery()"), "the standby was promoted", 90)
        return time.monotonic() - began

    def stop(self) -> None:
        for node in self.nodes:
            _kill_all(node)
            node.unit.stop()
        if self.etcd is not None:
            self.etcd.stop()


def _kill_all(node: DatabaseNode) -> None:
    """Kill Patroni, and PostgreSQL, which is no child of its: nobody starts either again."""
    node.unit.halt()
    pids = node.unit.family()
    kept = node.data / "postmaster.pid"
    if kept.exists():
        pids += [int(process.name) for process in family_of(int(kept.read_text(encoding="ascii").split()[0]))]
    for pid in pids:
        node.unit.kill(pid)
