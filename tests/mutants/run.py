"""Plant each bug in a copy of the tree and run the test that must fail: `python -m tests.mutants.run [NAME …]`.

Ends with 1 where a bug survives, where a bug keeps the program from loading, or where a named test fails without any.
`--json FILE` keeps what came of each, from the first one on. `--played`: instead of the test, the simulation must find
the rule broken that is named for the bug, within a few seeds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutants.planted import ROOT, Mutant, mutants

from kofu.platform.migrate import migrate
from kofu.platform.postgres import ensure_system_database, start_embedded

SYSTEMS = ("issuing", "ledger")
TEST_SECONDS_MAX = 600
PLAYED_SEEDS, PLAYED_VISITS, PLAYED_PEOPLE, PLAYED_SECONDS_MAX = 2, 400, 20, 900
NOT_PLAYED = 2
CAUGHT, SURVIVED, BROKEN = "caught", "SURVIVED", "BROKEN"
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", "var", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info", "results"
)


def made_templates(admin_url: str) -> str:
    """Migrate a database of each system once, for all mutants that change no table; name them for the tests."""
    names = []
    for system in SYSTEMS:
        name = f"kofu_mutants_{system}"
        migrate(system, ensure_system_database(admin_url, system, secret=b"tests only", database=name).owner_url)
        names.append(f"{system}={name}")
    return ",".join(names)


def changes_tables(mutant: Mutant) -> bool:
    """Whether the bug is in what a migration writes into the database."""
    return "/migrations/" in mutant.file or mutant.file.endswith("audit_schema.py")


def run_tests(tree: Path, tests: list[str], database: str, templates: str) -> int:
    """Run tests in a copy of the tree; give pytest's exit code: 0 passed, 1 failed, else it could not run."""
    environment = os.environ | {
        "KOFU_TEST_DATABASE_URL": database,
        "KOFU_TEST_TEMPLATES": templates,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([str(tree / "src"), str(tree)]),
    }
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            words, cwd=tree, env=environment, capture_output=True, text=True, timeout=TEST_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        return 1  # it hangs: whoever runs it sees that
    if done.returncode > 1:
        sys.stderr.write(done.stdout[-2000:])
    return done.returncode


def play(tree: Path, database: str) -> tuple[frozenset[str], int]:
    """Play the seeds in a copy of the tree; give the rules broken and the exit code: `NOT_PLAYED` in too long."""
    asked = f"--seed 1 --seeds {PLAYED_SEEDS} --certificates {PLAYED_VISITS} --people {PLAYED_PEOPLE} --no-shorten"
    words = [sys.executable, "-m", "kofu", "simulate", *asked.split(), "--database", database]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree / "src")}
    try:
        done = subprocess.run(
            words, cwd=tree, env=environment, capture_output=True, text=True, timeout=PLAYED_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"the seeds were not played to their end in {PLAYED_SECONDS_MAX} s\n")
        return frozenset(), NOT_PLAYED
    return frozenset(re.findall(r"^  ([a-z_.]+):", done.stderr, re.MULTILINE)), done.returncode


@contextmanager
def planted_in(tree: Path, mutant: Mutant) -> Iterator[None]:
    """Have a bug in a copy of the tree for a while. Raises `ValueError` where it does not fit."""
    healthy = mutant.plant(tree)
    try:
        yield
    finally:
        (tree / mutant.file).write_text(healthy, encoding="utf-8")


def played_verdict(mutant: Mutant, tree: Path, database: str) -> str:
    """Whether the simulation finds the rule broken that is named for a bug."""
    with planted_in(tree, mutant):
        rules, code = play(tree, database)
    return CAUGHT if mutant.played in rules else SURVIVED if code <= 1 else BROKEN


def verdict_on(mutant: Mutant, tree: Path, database: str, templates: str) -> str:
    with planted_in(tree, mutant):
        code = run_tests(tree, [mutant.test], database, "" if changes_tables(mutant) else templates)
    return {0: SURVIVED, 1: CAUGHT}.get(code, BROKEN)


def _healthy(chosen: list[Mutant], tree: Path, database: str, templates: str, *, played: bool) -> bool:
    """Whether all is well without a bug: else what fails with one says nothing."""
    if played:
        return play(tree, database)[1] == 0
    return run_tests(tree, sorted({one.test for one in chosen}), database, templates) == 0


def report(rows: list[dict[str, object]], *, played: bool, healthy: bool | None) -> str:
    """Word what is kept of a run as JSON: how many bugs are in the tree, and what came of those planted."""
    size = {"seeds": PLAYED_SEEDS, "visits": PLAYED_VISITS, "people": PLAYED_PEOPLE} if played else {}
    kept = {"healthy": healthy, "in_the_tree": len(mutants()), **size, "mutants": rows}
    return json.dumps(kept, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("names", nargs="*", help="parts of the names of those to plant; all without")
    words.add_argument("--json", type=Path)
    words.add_argument("--skip-healthy", action="store_true", help="do not run the named tests without any bug first")
    words.add_argument("--played", action="store_true", help="let the simulation find the bugs that name a rule of it")
    told = words.parse_args()
    chosen = [one for one in mutants() if not told.names or any(name in one.name for name in told.names)]
    if told.played:
        chosen = [one for one in chosen if one.played]
    folder = Path(tempfile.mkdtemp(prefix="kofu-mutants-"))
    folder.chmod(0o755)
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
    server = start_embedded(folder / "postgres", durable=False)
    rows: list[dict[str, object]] = []
    try:
        templates = "" if told.played else made_templates(server.admin_url)
        healthy = None
        if not told.skip_healthy:
            healthy = _healthy(chosen, tree, server.admin_url, templates, played=told.played)
            print("without a bug:", "pass" if healthy else "FAIL", flush=True)
        for mutant in chosen:
            began = time.monotonic()
            if told.played:
                verdict = played_verdict(mutant, tree, server.admin_url)
            else:
                verdict = verdict_on(mutant, tree, server.admin_url, templates)
            by = {"rule": mutant.played} if told.played else {"test": mutant.test}
            row = {"name": mutant.name, "invariant": mutant.invariant, "verdict": verdict, **by}
            rows.append(row | {"seconds": round(time.monotonic() - began, 1), "what": mutant.what})
            print(f"{mutant.name:<36} {mutant.invariant:<4} {verdict:<9} {next(iter(by.values()))}", flush=True)
            if told.json is not None:  # after each: what came of some stays known where the rest is broken off
                told.json.write_text(report(rows, played=told.played, healthy=healthy))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    caught = sum(row["verdict"] == CAUGHT for row in rows)
    print(f"{caught} of {len(rows)} caught")
    return 0 if healthy is not False and caught == len(rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
