"""What kofu is made of: packages by their bytes, parts kept in the tree by licence and digest, one list of all."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest

ROOT = Path(__file__).parents[1]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
SCHEMAS = ROOT / "tests" / "cyclonedx"
VENDORED = tomllib.loads((ROOT / "vendored.toml").read_text(encoding="utf-8"))["part"]
#: What is never written here by hand: code for machines, sounds, licences of others.
FOREIGN = ("*.wasm", "*.min.js", "*.opus", "*LICENSE*", "*.ttf", "*.otf", "*.woff2", "*.icc", "*.SNAPSHOT.schema.json")


def entries(lock: Path) -> dict[str, int]:
    """Each pinned package of a lock file, with how many digests it has."""
    found: dict[str, int] = {}
    for entry in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip()):
        name = re.match(r"[A-Za-z0-9._-]+==[^\s;\\]+", entry)
        assert name, entry
        found[name[0]] = len(re.findall(r"--hash=sha256:[0-9a-f]{64}", entry))
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_locked_to_its_bytes(lock):
    """A name and a version can be published anew by whoever takes an account over; bytes cannot."""
    assert [name for name, digests in entries(lock).items() if digests == 0] == []
    assert entries(lock)


def test_nothing_is_installed_without_its_digest():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [line for line in makefile.splitlines() if "pip install" in line and "-e ." not in line]
    assert (
        len(installs) == len(LOCKS) - 2
    )  # the reader's and the token's are installed where they are used, by their how-to
    assert all("--require-hashes" in line and "--no-deps" in line for line in installs)


def test_pip_refuses_other_bytes_than_those_locked(tmp_path):
    """The twin of the digests: with one of them changed nothing is installed."""
    wheel = tmp_path / "thing-1.0-py3-none-any.whl"
    _wheel(wheel)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    said = [pip(tmp_path, f"thing==1.0 --hash=sha256:{one}\n") for one in (digest, digest[::-1])]
    assert said[0] == ""
    assert "DO NOT MATCH THE HASHES" in said[1]


def pip(folder: Path, line: str) -> str:
    (folder / "one.lock").write_text(line, encoding="utf-8")
    words = ["install", "--dry-run", "--no-index", "--find-links", str(folder), "--no-deps", "--require-hashes", "-r"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words, str(folder / "one.lock")], capture_output=True, text=True, check=False
    )
    if "No module named pip" in done.stderr:
        pytest.skip("this environment was made without pip")
    return "" if done.returncode == 0 else done.stderr


def _wheel(path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(path, "w") as file:
        file.writestr("thing.py", "")
        file.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        file.writestr("thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("thing-1.0.dist-info/RECORD", "")


def digest_of(path: Path) -> str:
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    lines = (f"{one.relative_to(path)} {digest_of(one)}\n" for one in sorted(path.rglob("*.opus")))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def test_parts_kept_in_the_tree_are_the_bytes_their_table_says():
    for part in VENDORED:
        assert {path: digest_of(ROOT / path) for path in part["files"]} == part["files"], part["name"]
        assert part["licence_text"].startswith("https://") or (ROOT / part["licence_text"]).is_file()


def test_no_part_of_others_lies_in_the_tree_without_a_row():
    listed = [ROOT / path for part in VENDORED for path in (*part["files"], part["licence_text"])]
    tracked = subprocess.run(["git", "ls-files", "-z", *FOREIGN], cwd=ROOT, capture_output=True, text=True, check=True)
    found = [ROOT / name for name in tracked.stdout.split("\0") if name and name != "LICENSE"]
    assert len(found) > 1000
    assert [one for one in found if not any(one == path or path in one.parents for path in listed)] == []


def test_the_list_of_parts_is_cyclonedx_and_says_what_the_lock_file_says():
    """Written by `make docs`; the schema is the standard's own."""
    bill = json.loads((ROOT / "docs" / "sbom.cdx.json").read_text(encoding="utf-8"))
    near = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}

    def beside(uri: str) -> object:
        return near[uri.rsplit("/", 1)[1]]

    schema = jsonschema_rs.validator_for(near["bom-1.6.SNAPSHOT.schema.json"], retriever=beside)
    assert [error.message for error in schema.iter_errors(bill)] == []
    assert list(schema.iter_errors(bill | {"components": [{"type": "library"}]})), "it can fail"
    packages = {
        f"{one['name']}=={one['version']}": len(one["externalReferences"][0]["hashes"])
        for one in bill["components"]
        if one.get("purl")
    }
    assert packages == entries(ROOT / "requirements.lock")
    parts = {one["name"]: one["version"] for one in bill["components"] if not one.get("purl")}
    assert parts == {part["name"]: part["version"] for part in VENDORED if part["shipped"]}
    assert [one["name"] for one in bill["components"] if not one.get("licenses")] == []
    references = {one["bom-ref"] for one in bill["components"]}
    assert {one for each in bill["dependencies"] for one in each["dependsOn"]} <= references


# -- known weaknesses --------------------------------------------------------------------------------------------------


def advisories(folder: Path, *words: str) -> tuple[int, str]:
    command = [sys.executable, str(ROOT / "scripts" / "advisories.py"), *(words or ("check",)), f"--folder={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path) -> Path:
    """Two lock files, and a snapshot in which one of their three packages is weak."""
    digest = f"    --hash=sha256:{'0' * 64}"
    (tmp_path / "requirements.lock").write_text(f"sound==1.0 \\\n{digest}\nWeak_Thing==2.1 \\\n{digest}\n", "utf-8")
    (tmp_path / "requirements-dev.lock").write_text(f"tool==3 ; sys_platform == 'linux' \\\n{digest}\n", "utf-8")
    weakness = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.2"], "description": "made up"}
    packages = [("sound", "1.0", []), ("weak-thing", "2.1", [weakness]), ("tool", "3", [])]
    lines = [{"name": name, "version": version, "vulns": vulns} for name, version, vulns in packages]
    snapshot = {"taken_on": "2026-11-30", "dependencies": lines}
    (tmp_path / "advisories.json").write_text(json.dumps(snapshot), encoding="utf-8")
    return tmp_path


def test_a_locked_package_with_a_known_weakness_fails_the_check_with_the_way_out(tree):
    """Made up: the name is written otherwise in the lock file, as names of packages may be."""
    status, told = advisories(tree)
    assert status == 1
    assert "weak-thing 2.1 (requirements.lock): PYSEC-2026-1, mended in 2.2. made up" in told
    assert "3 packages held against the advisories of 2026-11-30" in told


@pytest.mark.parametrize(("until", "status"), [("9999-12-31", 0), ("2020-01-01", 1)])
def test_an_advisory_that_does_not_concern_kofu_is_let_pass_for_a_time(tree, until, status):
    (tree / "advisories-accepted.toml").write_text(
        f'[[advisory]]\nid = "CVE-2026-1"\nreason = "not called"\nuntil = {until}\n', encoding="utf-8"
    )
    assert advisories(tree)[0] == status


def test_a_package_the_snapshot_does_not_know_fails_the_check(tree):
    """Nothing known of it is not the same as nothing wrong with it."""
    lock = tree / "requirements-dev.lock"
    lock.write_text(lock.read_text("utf-8").replace("tool==3", "tool==4"), encoding="utf-8")
    status, told = advisories(tree)
    assert status == 1
    assert "tool 4 (requirements-dev.lock) is not in the snapshot" in told


def test_without_a_snapshot_it_is_said_that_nothing_was_looked_up(tree):
    (tree / "advisories.json").unlink()
    status, told = advisories(tree)
    assert (status, "nothing was looked up" in told) == (0, True)


def test_an_index_that_tells_nothing_of_a_version_makes_no_snapshot(tree):
    """Half a snapshot would pass for a whole one."""
    (tree / "advisories.json").unlink()
    status, told = advisories(tree, "take", "--index=http://127.0.0.1:1/{name}/{version}")
    assert status == 1
    assert "no snapshot was written" in told
    assert not (tree / "advisories.json").exists()


def test_the_locked_packages_have_no_weakness_a_snapshot_in_the_tree_knows():
    assert advisories(ROOT)[0] == 0
