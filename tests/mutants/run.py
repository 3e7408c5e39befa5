"""Plant each bug in a copy of the tree and run the test that must fail: `python -m tests.mutants.run [NAME …]`.

Ends with 1 where a bug survives, where a bug keeps the program from loading, or where a named test fails without any.
`--json FILE` writes what came of each.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.planted import ROOT, Mutant, mutants

from kofu.platform.migrate import migrate
from kofu.platform.postgres import ensure_system_database, start_embedded

SYSTEMS = ("issuing", "ledger")
TEST_SECONDS_MAX = 600
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


def verdict_on(mutant: Mutant, tree: Path, database: str, templates: str) -> str:
    healthy = mutant.plant(tree)
    try:
        code = run_tests(tree, [mutant.test], database, "" if changes_tables(mutant) else templates)
    finally:
        (tree / mutant.file).write_text(healthy, encoding="utf-8")
    return {0: SURVIVED, 1: CAUGHT}.get(code, BROKEN)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("names", nargs="*", help="parts of the names of those to plant; all without")
    words.add_argument("--json", type=Path)
    words.add_argument("--skip-healthy", action="store_true", help="do not run the named tests without any bug first")
    told = words.parse_args()
    chosen = [one for one in mutants() if not told.names or any(name in one.name for name in told.names)]
    folder = Path(tempfile.mkdtemp(prefix="kofu-mutants-"))
    folder.chmod(0o755)
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
    server = start_embedded(folder / "postgres", durable=False)
    rows: list[dict[str, object]] = []
    try:
        templates = made_templates(server.admin_url)
        healthy = None
        if not told.skip_healthy:
            healthy = run_tests(tree, sorted({one.test for one in chosen}), server.admin_url, templates) == 0
            print("named tests without a bug:", "pass" if healthy else "FAIL", flush=True)
        for mutant in chosen:
            began = time.monotonic()
            verdict = verdict_on(mutant, tree, server.admin_url, templates)
            row = {"name": mutant.name, "invariant": mutant.invariant, "verdict": verdict, "test": mutant.test}
            rows.append(row | {"seconds": round(time.monotonic() - began, 1), "what": mutant.what})
            print(f"{mutant.name:<36} {mutant.invariant:<4} {verdict:<9} {mutant.test}", flush=True)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    caught = sum(row["verdict"] == CAUGHT for row in rows)
    print(f"{caught} of {len(rows)} caught")
    if told.json is not None:
        told.json.write_text(
            json.dumps(
                {"healthy": healthy, "in_the_tree": len(mutants()), "mutants": rows}, ensure_ascii=False, indent=1
            )
            + "\n"
        )
    return 0 if healthy is not False and caught == len(rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
