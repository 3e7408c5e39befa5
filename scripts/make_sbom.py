"""Write the list of what kofu is made of (CycloneDX 1.6, JSON): packages of the lock file, and parts kept in the tree.

    python scripts/make_sbom.py docs/sbom.cdx.json

Versions and digests come from `requirements.lock` and `vendored.toml`, licences and who needs whom from the packages as
they are installed. The same input gives the same bytes: no date is in it.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NEEDS = re.compile(r"^([A-Za-z0-9._-]+)")


def locked(text: str) -> dict[tuple[str, str], list[str]]:
    """Read a lock file: (name, version) → SHA-256 digests of its files."""
    found: dict[tuple[str, str], list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        pin = PIN.match(line)
        if pin:
            current = found.setdefault((pin[1].lower(), pin[2]), [])
        current += HASH.findall(line)
    return found


def licences(name: str) -> list[dict[str, Any]]:
    """Give the licence a package states: an expression where it has one, else its own words."""
    try:
        about = distribution(name).metadata
    except PackageNotFoundError:
        return []
    expression = about.get("License-Expression")
    if expression:
        return [{"expression": expression}]
    named = [
        item.rsplit(" :: ", 1)[1] for item in about.get_all("Classifier") or () if item.startswith("License :: OSI")
    ]
    stated = (about.get("License") or "").strip().splitlines()
    words = named or stated[:1]
    return [{"license": {"name": word}} for word in words]


def needs(name: str, known: dict[str, str]) -> list[str]:
    """Give the references of packages a package asks for, of those that are locked."""
    try:
        asked = distribution(name).requires or []
    except PackageNotFoundError:
        return []
    names = {found[1].lower().replace("_", "-") for item in asked if (found := NEEDS.match(item))}
    return sorted(known[one] for one in names if one in known)


def of_package(name: str, version: str, digests: list[str]) -> dict[str, Any]:
    """Describe a package of the lock file."""
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": f"pkg:pypi/{name}@{version}",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{name}/{version}/",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in digests],
            }
        ],
    }
    stated = licences(name)
    return component | ({"licenses": stated} if stated else {})


def of_part(part: dict[str, Any]) -> dict[str, Any]:
    """Describe a part that is kept in the tree."""
    component: dict[str, Any] = {
        "type": part["type"],
        "bom-ref": f"vendored:{part['name']}",
        "name": part["name"],
        "version": part["version"],
        "licenses": [{"expression": part["licence"]}],
        "externalReferences": [{"type": "website", "url": part["from"]}],
        "properties": [{"name": "kofu:path", "value": path} for path in sorted(part["files"])],
    }
    digests = list(part["files"].values())
    return component | ({"hashes": [{"alg": "SHA-256", "content": digests[0]}]} if len(digests) == 1 else {})


def bill() -> dict[str, Any]:
    """Put the list together."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    table = (ROOT / "vendored.toml").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = locked(lock)
    known = {name: f"pkg:pypi/{name}@{version}" for name, version in packages}
    parts = [of_part(part) for part in tomllib.loads(table)["part"] if part["shipped"]]
    root = f"pkg:pypi/kofu@{project['version']}"
    asked = [found[1].lower() for item in project["dependencies"] if (found := NEEDS.match(item))]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, hashlib.sha256((lock + table).encode()).hexdigest())}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "kofu",
                "version": project["version"],
                "licenses": [{"expression": project["license"]}],
            }
        },
        "components": [of_package(name, version, digests) for (name, version), digests in sorted(packages.items())]
        + parts,
        "dependencies": [
            {
                "ref": root,
                "dependsOn": sorted({known[one] for one in asked} | {part["bom-ref"] for part in parts}),
            }
        ]
        + [{"ref": reference, "dependsOn": needs(name, known)} for name, reference in sorted(known.items())],
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(bill(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
