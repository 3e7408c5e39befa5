"""Unattended jobs as named identities: one table of data (`services.toml`), each proved by a key of its own.

`KOFU_SERVICE` names the job, `KOFU_SERVICE_KEY` the file with its key (mode 0600). The database keeps the hash of the
key that stands; a new one ends the one before. Nobody logs in as a service, and a service has no role of people's.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import psycopg

from kofu.core.errors import OperatorFault
from kofu.platform.made_once import replace_whole
from kofu.platform.settings import var_dir
from kofu.staff.operators.tokens import TOKEN_BYTES, hash_of, read_secret
from kofu.staff.permissions import PERMISSIONS

TABLE = Path(__file__).with_name("services.toml")


class UnattendedJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An unattended job: stable code, Japanese label, the system it works in, the actions it may do."""

    code: str
    label: str
    system: str
    actions: tuple[str, ...]

    @property
    def actor(self) -> str:
        """Its name on record; no login can be this: a login has no colon."""
        return f"service:{self.code}"


class UnattendedJobs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table."""

    format: str
    services: tuple[UnattendedJob, ...]


@dataclass(frozen=True, slots=True)
class ServiceProof:
    """The key a process showed; never printed."""

    key: str = field(repr=False)


def read_services(path: Path) -> tuple[UnattendedJob, ...]:
    """Read and check a table. Raises `OperatorFault` that names the entry which is wrong."""
    try:
        services = msgspec.toml.decode(path.read_bytes(), type=UnattendedJobs).services
    except msgspec.ValidationError as error:
        raise OperatorFault("bad_services", f"{path.name}: {error}") from error
    codes = [service.code for service in services]
    known = {action.code: action for action in PERMISSIONS.actions}
    for service in services:
        foreign = [code for code in service.actions if code not in known or service.system not in known[code].systems]
        if foreign or not service.actions or codes.count(service.code) > 1:
            raise OperatorFault(
                "bad_services", f"{path.name}: {service.code} stands twice or names unknown or no actions {foreign}"
            )
    return services


SERVICES = read_services(TABLE)


def service_named(code: str) -> UnattendedJob:
    """Find a service. Raises `OperatorFault` `no_such_service` for a name the table does not have."""
    for service in SERVICES:
        if service.code == code:
            return service
    raise OperatorFault("no_such_service", f"KOFU_SERVICE is none of {', '.join(service.code for service in SERVICES)}")


def read_proof(path: Path) -> ServiceProof:
    """Read a service's key. Raises `OperatorFault` where it is missing or others may read it."""
    if not path.exists():
        raise OperatorFault("no_service_key", f"there is no key {path}; `kofu service key` makes it")
    return ServiceProof(read_secret(path, "service_key_open"))


def service_known(connection: psycopg.Connection, service: UnattendedJob, proof: ServiceProof) -> bool:
    """Whether a key is the one that stands for a service in this database."""
    row = connection.execute("SELECT staff_service_known(%s, %s)", [service.code, hash_of(proof.key)]).fetchone()
    return bool(row and row[0])


def key_file(service: UnattendedJob) -> Path:
    """Give the place of a service's key: what `KOFU_SERVICE_KEY` names, or a file in the folder of keys."""
    named = os.environ.get("KOFU_SERVICE_KEY", "")
    return Path(named) if named else var_dir() / "keys" / f"service-{service.code}.key"


def make_service_key(
    connection: psycopg.Connection, service: UnattendedJob, path: Path, *, made_by: str, now: datetime
) -> None:
    """Make a service's key: its hash in the caller's transaction, the key in its file. The one before ends."""
    key = secrets.token_hex(TOKEN_BYTES)
    connection.execute(
        "UPDATE staff_service_key SET ended_at = %s WHERE service = %s AND ended_at IS NULL", [now, service.code]
    )
    connection.execute(
        "INSERT INTO staff_service_key (service, key_hash, made_at, made_by) VALUES (%s, %s, %s, %s)",
        [service.code, hash_of(key), now, made_by],
    )
    replace_whole(path, key.encode("ascii"), mode=0o600)
