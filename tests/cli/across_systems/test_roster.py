"""保守委託 where people work by commands: a worker sees how the system runs while the roster holds, and no person."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from tests.operators import Operators, log_in

from kofu.staff.permissions import EVERYBODY, PERMISSIONS

pytestmark = pytest.mark.storage
ROOT = Path(__file__).parents[3]
#: All a contractor's worker may do, by system: each cell of the role. No person, no account.
WORKERS_CELLS = {
    "ledger": {"operation.view", "emergency.ask", "emergency.view"},
    "issuing": {"operation.view", "deployment.view"},
    "registry": {"operation.view"},
    "center": {"operation.view"},
}
DAYS = ("--starts-on=2026-04-01", "--ends-on=2099-03-31")


@pytest.fixture(scope="module")
def operators(system_database, tmp_path_factory) -> Operators:
    folder = tmp_path_factory.mktemp("operators")
    return log_in("registry", system_database("registry"), folder, kanri="administrator", kanji="administrator")


def kofu(operators: Operators, who: str, *words: str) -> tuple[int, str]:
    """Run a command as somebody, in a process of its own; give exit status and all it said."""
    done = subprocess.run(
        [sys.executable, "-m", "kofu", *words],
        env={
            **os.environ, **operators.urls, "PYTHONPATH": str(ROOT / "src"), "KOFU_VAR": str(operators.var),
            "KOFU_PROFILE": str(ROOT / "profiles" / "mihon.toml"), "PYTHONWARNINGS": "ignore",
            "XDG_RUNTIME_DIR": str(operators.folder / who),
        },
        capture_output=True, text=True, check=False, start_new_session=True, cwd=ROOT,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("system", WORKERS_CELLS)
def test_each_cell_of_the_role_in_each_system(system):
    allowed = {action.code for action in PERMISSIONS.actions if PERMISSIONS.allows("contractor", action.code, system)}
    everybodys = {action.code for action in PERMISSIONS.actions if EVERYBODY in action.roles}
    assert allowed - everybodys == WORKERS_CELLS[system]


def test_a_worker_comes_in_with_the_roster_and_sees_the_record_counted_and_nobody_in_it(operators, tmp_path):
    """One administrator records contract and line, another confirms; with the line's end the session ends."""
    made = kofu(operators, "kanri", "roster", "contract", "registry", "--contractor=見本保守", "--title=保守",
                "--responsible=見本 責", *DAYS)  # fmt: skip
    assert made[0] == 0, made[1]
    line = kofu(operators, "kanri", "roster", "worker", "registry", made[1].strip(), "--name=見本 保", "--login=hoshu",
                "--starts-on=2026-04-01", "--trained-on=2026-04-01", "--pledged-on=2026-04-01")  # fmt: skip
    assert line[0] == 0, line[1]
    number = line[1].strip()
    assert "second_person_needed" in kofu(operators, "kanri", "roster", "confirm", "registry", number)[1]
    assert "WAITS, recorded by kanri" in kofu(operators, "kanri", "roster", "list", "registry")[1]
    assert kofu(operators, "kanji", "roster", "confirm", "registry", number) == (0, "confirmed\n")
    worker = log_in("registry", operators.database, tmp_path, hoshu="contractor")
    status, said = kofu(worker, "hoshu", "operation", "registry")
    assert status == 0, said
    assert "contractor.record" in said
    assert not any(name in said for name in ("kanri", "kanji", "見本 保"))
    for words in (("hold", "list"), ("staff", "changes", "registry"), ("roster", "list", "registry")):
        assert "not_allowed" in kofu(worker, "hoshu", *words)[1]
    assert kofu(operators, "kanri", "roster", "end", "registry", number, "--last-day=2026-04-02")[0] == 0
    assert kofu(worker, "hoshu", "operation", "registry")[0] != 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("roster", "contract", "registry", "--contractor= ", "--title=x", "--responsible=x", *DAYS), "name_form"),
        (
            ("roster", "contract", "registry", "--contractor=x", f"--title={'長' * 65}", "--responsible=x", *DAYS),
            "name_form",
        ),
        (("roster", "worker", "registry", "77", "--name=x", "--starts-on=2026-04-01"), "no_such_contract"),
        (("operation", "registry", "--day=9999-12-31"), "day_to_come"),
    ],
    ids=["no name", "too long a name", "no such contract", "a day to come"],
)
def test_wrong_input_is_told_in_a_line_that_says_where(operators, words, code):
    status, said = kofu(operators, "kanri", *words)
    assert status == 1
    assert f"[{code}]" in said
    assert "Traceback" not in said
    assert words[0] == "operation" or said.startswith("kofu roster: ")


def test_the_demonstration_has_a_worker_whose_contract_and_roster_hold(operators):
    status, said = kofu(operators, "nobody", "staff", "demo", "registry")
    assert status == 0, said
    with psycopg.connect(operators.database.owner_url) as owner:
        assert owner.execute("SELECT staff_on_roster('hoshu1', current_date)").fetchone() == (True,)
        again = "SELECT count(*) FROM staff_roster_worker WHERE login = 'hoshu1'"
        assert owner.execute(again).fetchone() == (1,)
        assert kofu(operators, "nobody", "staff", "demo", "registry")[0] == 0
        assert owner.execute(again).fetchone() == (1,)
    assert '"login":"hoshu1"' in (operators.var / "demo" / "staff-registry.json").read_text("utf-8")
