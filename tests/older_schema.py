"""A database as it was before later migrations: for tests of what happens to its rows when the program is renewed."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg

from kofu.platform.postgres import SystemDatabase

MIGRATE_TO = """
import sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", sys.argv[1], sys.argv[2], interactive=False, verbosity=0)
"""


def begin_at(database: SystemDatabase, system: str, migration: str) -> None:
    """Empty a system's database and build it up to a migration, such as "0029": no audit log and no grants yet."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC")
    environment = {
        "DJANGO_SETTINGS_MODULE": f"kofu.{system}.settings",
        f"KOFU_{system.upper()}_DATABASE_URL": database.owner_url,
    }
    subprocess.run([sys.executable, "-c", MIGRATE_TO, system, migration], env=os.environ | environment, check=True)
