"""Whoever stands behind what the console shows stands in the audit log: a walk over its addresses.

「アクセスログ」 (the assessment, III-7⑥). The console names nobody; the numbers of a request, a paper and a case
lead to a person all the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.issuing.requests.made_papers import made

from kofu.issuing.cases.cases import open_case
from kofu.issuing.cases.domain.kinds import CaseKind

pytestmark = pytest.mark.storage
ROOT = Path(__file__).parents[3]
NUMBER = "000000000000001"
ABOUT_PEOPLE = {"cases:list", "cases:one", "requests:day", "requests:one"}


def walked(world, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Walk the console over one paper and a case about it."""
    with world.connect() as connection:
        request = made(connection, world)
        with connection.transaction():
            case_id = open_case(
                connection, world.acting(), municipality_code="139998", kind=CaseKind.CENTER_ERROR, summary="見本",
                request_id=request.request_id, cause="",
            )  # fmt: skip
        papers = connection.execute("SELECT certificate_number FROM issuing_copy").fetchall()
    people = dict.fromkeys([NUMBER, request.request_id, case_id, *(paper for (paper,) in papers)], NUMBER)
    file = tmp_path / "people.json"
    file.write_text(json.dumps(people), encoding="utf-8")
    database = world.database
    return subprocess.run(
        [
            *(sys.executable, "-m", "tests.issuing.console_walk"),
            *(database.owner_url, database.screens_url, str(file), *words),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"src{os.pathsep}.",
            "KOFU_VAR": str(tmp_path),
            "KOFU_PROFILE": str(ROOT / "profiles" / "mihon.toml"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_nobody_stands_behind_a_page_of_the_console_without_being_in_the_record(world, tmp_path) -> None:
    done = walked(world, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    walk = json.loads(done.stdout)
    reached = {where for where, pages in walk["answered"].items() if pages}
    assert ABOUT_PEOPLE - reached == set()
    assert walk["foreign"] == {}, "no page shows English, words of the code or a bare identity"


def test_the_walk_fails_where_pages_do_not_say_whom_they_show(world, tmp_path) -> None:
    """The twin: the recording off."""
    assert "showed people the audit log does not name" in walked(world, tmp_path, "silent").stderr
