"""Bring a system's database to the schema this program knows, and give its role the least rights.

Runs in a process of its own (`python -m kofu.platform.migrate SYSTEM`), since Django is configured once per
process: the tables of the system (its migrations), the audit log (`platform.audit_schema`), then the rights its
settings name.
"""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg

from kofu.core.errors import OperatorFault
from kofu.platform import audit_schema, restored
from kofu.platform.postgres import screens_role
from kofu.platform.settings import DATABASE_SYSTEMS, database_url


def migrate(system: str, owner_url: str) -> None:
    """Migrate the system's database, connected as its owner. Raises `OperatorFault` with what the migration said."""
    environment = os.environ | {f"KOFU_{system.upper()}_DATABASE_URL": owner_url}
    done = subprocess.run(
        [sys.executable, "-m", "kofu.platform.migrate", system],
        env=environment | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = " / ".join(done.stderr.strip().splitlines()[-3:])
        raise OperatorFault("migration_failed", f"the database of {system} could not be migrated: {said}")


def _migrate_here(system: str) -> None:
    """Do the work, in the process made for it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = f"kofu.{system}.settings"
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    roles = {"app": f"kofu_{system}", "screens": screens_role(system)}
    with psycopg.connect(database_url(system)) as connection:
        connection.execute(audit_schema.SCHEMA)
        connection.execute(restored.SCHEMA)
        audit_schema.close_old_lanes(connection)
        for statement in (*audit_schema.GRANTS, *restored.GRANTS, *settings.KOFU_GRANTS):
            connection.execute(statement.format(**roles))


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in DATABASE_SYSTEMS:
        _migrate_here(sys.argv[1])
    else:
        raise SystemExit(f"usage: python -m kofu.platform.migrate {{{','.join(DATABASE_SYSTEMS)}}}")
