#!/usr/bin/env python3
"""Known weaknesses of the locked packages, held against a snapshot in the tree: no network in `make check`.

    scripts/advisories.py take           writes advisories.json from an index that gives advisories by version
    scripts/advisories.py check          compares every requirements*.lock with it; 1 where one is known to be weak

The snapshot is what `pip-audit --format json` writes (`dependencies`, each with name, version and `vulns`), with the
day it was taken. An advisory that does not concern kofu stands in advisories-accepted.toml, with the reason and the day
until which that holds.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
from make_sbom import locked as packages_in

ROOT = Path(__file__).parents[1]
INDEX = "https://pypi.org/pypi/{name}/{version}/json"
NONE_SHIPS = "no snapshot of advisories lies here (advisories.json): nothing was looked up; see docs/dependencies.md"


def locked(folder: Path) -> dict[tuple[str, str], str]:
    """Each package and version the lock files name, with the first file that does."""
    found: dict[tuple[str, str], str] = {}
    for lock in sorted(folder.glob("requirements*.lock")):
        for name, version in packages_in(lock.read_text(encoding="utf-8")):
            found.setdefault((_normal(name), version), lock.name)
    return found


def take(folder: Path, index: str = INDEX) -> str:
    """Write the snapshot; give what was done. Raises `SystemExit` where the index does not tell of one version."""
    dependencies = []
    for name, version in sorted(locked(folder)):
        address = index.format(name=name, version=version)
        try:
            told = httpx.get(address, timeout=30).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise SystemExit(
                f"{address} tells nothing of {name} {version} ({error}): no snapshot was written"
            ) from None
        if "vulnerabilities" not in told:
            raise SystemExit(f"{address} names no vulnerabilities, not even none: no snapshot was written")
        vulns = [
            {"id": one["id"], "fix_versions": one.get("fixed_in", []), "description": one.get("summary") or ""}
            for one in told["vulnerabilities"]
            if not one.get("withdrawn")
        ]
        dependencies.append({"name": name, "version": version, "vulns": vulns})
    snapshot = {"taken_on": f"{datetime.now(UTC):%Y-%m-%d}", "source": index, "dependencies": dependencies}
    (folder / "advisories.json").write_text(json.dumps(snapshot, indent=1) + "\n", encoding="utf-8")
    return f"advisories.json: {len(dependencies)} packages"


def check(folder: Path, today: date) -> tuple[list[str], str]:
    """Compare the lock files with the snapshot; give what is wrong, and what was looked at."""
    file = folder / "advisories.json"
    if not file.exists():
        return [], NONE_SHIPS
    snapshot = json.loads(file.read_text(encoding="utf-8"))
    known = {(_normal(one["name"]), one.get("version", "")): one for one in snapshot["dependencies"]}
    accepted, wrong = _accepted(folder, today)
    wanted = locked(folder)
    for (name, version), lock in sorted(wanted.items()):
        told = known.get((name, version))
        if told is None or "vulns" not in told:
            wrong.append(f"{name} {version} ({lock}) is not in the snapshot: take it anew (scripts/advisories.py take)")
            continue
        wrong += [_weakness(name, version, lock, one) for one in told["vulns"] if not _names(one) & accepted]
    return wrong, f"{len(wanted)} packages held against the advisories of {snapshot.get('taken_on', 'an unknown day')}"


def _accepted(folder: Path, today: date) -> tuple[set[str], list[str]]:
    """Advisories that are known not to concern kofu, and those of which that was said for a time that is over."""
    file = folder / "advisories-accepted.toml"
    entries = tomllib.loads(file.read_text(encoding="utf-8"))["advisory"] if file.exists() else []
    over = [one["id"] for one in entries if one["until"] < today]
    return {one["id"] for one in entries} - set(over), [
        f"{one}: accepted until a day that is past; look again" for one in over
    ]


def _names(vulnerability: dict[str, Any]) -> set[str]:
    return {vulnerability["id"], *vulnerability.get("aliases", ())}


def _weakness(name: str, version: str, lock: str, vulnerability: dict[str, Any]) -> str:
    fixed: Iterable[str] = vulnerability.get("fix_versions", ())
    way = f"mended in {', '.join(fixed)}" if fixed else "not mended in any version"
    return f"{name} {version} ({lock}): {vulnerability['id']}, {way}. {vulnerability.get('description', '')}".strip()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Take a snapshot, or check against it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("verb", choices=["take", "check"])
    asked.add_argument("--folder", type=Path, default=ROOT)
    asked.add_argument("--index", default=INDEX)
    given = asked.parse_args()
    if given.verb == "take":
        print(take(given.folder, given.index))
        return 0
    wrong, looked = check(given.folder, datetime.now(UTC).date())
    print("\n".join([*wrong, looked]), file=sys.stderr if wrong else sys.stdout)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
