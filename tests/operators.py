"""People at the command line, for tests of commands: accounts with a session each, made by the real use cases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from tests.operator_accounts import OFFICE

from kofu.platform.postgres import SystemDatabase
from kofu.platform.settings import STAFF_SCREENS

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Operators:
    """Who is logged in to a system. `be(monkeypatch, "sato")`: from now on commands are sato's."""

    system: str
    database: SystemDatabase
    folder: Path
    var: Path
    secrets: dict[str, dict[str, str]]

    def be(self, monkeypatch: pytest.MonkeyPatch, login: str) -> None:
        """Let commands of this process find the session of `login`; "" for nobody's."""
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(self.folder / (login or "nobody")))

    @property
    def urls(self) -> dict[str, str]:
        """What commands find in the environment."""
        name = f"KOFU_{self.system.upper()}"
        return {
            f"{name}_DATABASE_URL": self.database.app_url,
            f"{name}_OWNER_DATABASE_URL": self.database.owner_url,
            f"{name}_SCREENS_DATABASE_URL": (
                self.database.screens_url if self.system in STAFF_SCREENS.values() else self.database.owner_url
            ),
        }


def log_in(system: str, database: SystemDatabase, folder: Path, /, **people: str) -> Operators:
    """Make accounts and open their sessions: `log_in("issuing", database, folder, sato="certificate_operator")`."""
    runtime, var = folder / "runtime", folder / "operators-var"
    made = Operators(system, database, runtime, var, {})
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "INSERT INTO staff_office (code, name, is_branch) VALUES (%s, '区役所税務課証明係', false)"
            " ON CONFLICT DO NOTHING",
            [OFFICE],
        )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.operator_accounts",
            system,
            str(runtime),
            *(f"{k}={v}" for k, v in people.items()),
        ],
        env={
            **os.environ,
            **made.urls,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "KOFU_VAR": str(var),
            "KOFU_PROFILE": str(ROOT / "profiles" / "mihon.toml"),
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"no session was opened:\n{done.stderr}")
    made.secrets.update(json.loads(done.stdout))
    return made
