"""What holds at the screens of every system, whoever asks: tests over one walk of its whole URL map.

Each system's file of tests brings its `walked`: one process can hold the Django of one system, and the walks of two
run beside each other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg
from tests.abuse.walk import Walked
from tests.staff_screens import OFFICES, PROFILE

from kofu.platform.postgres import SystemDatabase


@dataclass(frozen=True)
class Walk:
    """A walk that was made: what it found, what the process said, its folders, its database."""

    walked: Walked
    log: str
    scratch: Path
    database: SystemDatabase
    people: tuple[str, ...]

    def of(self, *kinds: str) -> list[str]:
        found = [one for one in self.walked.findings if one.kind in kinds]
        return [f"{one.kind}: {one.who} {one.method} {one.url} ({one.detail})" for one in found]


def walk(system: str, database: SystemDatabase, var: Path, people: tuple[str, ...], guard: str = "") -> Walk:
    folder = var.with_name(f"{var.name}-{system}")
    scratch = folder / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    (folder / "walked.json").unlink(missing_ok=True)  # of an earlier walk of the same database
    (folder / "names.json").write_bytes(msgspec.json.encode(people))
    with psycopg.connect(database.owner_url) as owner:
        owner.cursor().executemany(
            "INSERT INTO staff_office (code, name, is_branch) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", OFFICES
        )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KOFU_")} | {
        "PYTHONPATH": f"src{os.pathsep}.",
        "TMPDIR": str(scratch),
        "KOFU_VAR": str(var),
        "KOFU_PROFILE": str(PROFILE),
        "KOFU_STAFF_SESSIONS": "many",  # the walk logs the same people in beside themselves
        f"KOFU_{system.upper()}_DATABASE_URL": database.screens_url,
        "KOFU_WALK_OWNER_URL": database.owner_url,
        "KOFU_WALK_NAMES": str(folder / "names.json"),
        "KOFU_WALK_OTHER_PROFILE": str(PROFILE.with_name("aozora.toml")),
    }
    words = [sys.executable, "-m", "tests.abuse.walk", system, str(folder / "walked.json"), *([guard] if guard else [])]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    walked = msgspec.json.decode((folder / "walked.json").read_bytes(), type=Walked)
    return Walk(walked, done.stdout + done.stderr, scratch, database, people)


class HeldAgainstAbuse:
    """The tests; `walked` is the walk of the system they are about. `seen_min`: pages of it that show people."""

    seen_min: int

    def test_the_whole_map_is_walked(self, walked: Walk):
        """An address that nobody asks for is one that nobody tests."""
        assert walked.walked.views >= 25
        assert walked.walked.requests > 600
        assert walked.walked.forms >= 5

    def test_nobody_and_who_has_a_password_alone_is_sent_to_the_door(self, walked: Walk):
        assert walked.of("stranger", "stranger wrote") == []

    def test_no_role_reaches_what_is_not_its_own_and_writes_nothing(self, walked: Walk):
        assert walked.of("unauthorised", "unauthorised wrote") == []
        assert walked.walked.refused > 300

    def test_the_contractors_worker_is_let_in_and_reaches_how_the_system_runs_alone(self, walked: Walk):
        """保守委託先へ特定個人情報を提供しない: the worker walks with the others; no page of theirs shows anybody."""
        assert "contractor" in walked.walked.answered
        assert "/staff/operation/" in walked.walked.answered["contractor"]
        assert "contractor" not in walked.walked.who_saw

    def test_a_form_from_elsewhere_changes_nothing(self, walked: Walk):
        assert walked.of("forged", "forged wrote") == []

    def test_another_municipalitys_objects_are_neither_shown_nor_changed(self, walked: Walk):
        """The addresses of 見本区's people and papers, asked for where the screens serve 青空市, which has no rules."""
        assert walked.of("another's person", "another's object changed", "fault abroad") == []
        assert walked.walked.seen >= self.seen_min, "under their own municipality the same addresses show people"
        assert walked.walked.foreign > 50

    def test_nonsense_in_any_form_is_no_fault_of_ours(self, walked: Walk):
        assert walked.of("fault") == []
        assert walked.walked.fuzzed > 250
        assert walked.walked.every_value, "each field of each form held each odd value"
