"""docs/how-to/add-a-form.md, followed step by step in a copy of the tree: it leads to a form in force from its day."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from kofu.core.kinds import CertificateKind
from kofu.platform.profiles import load_profile

pytestmark = [pytest.mark.font, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "add-a-form.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^\d\. (.*(?:\n   .*)*)", PAGE.partition("## Steps")[2].partition("\n## ")[0], re.MULTILINE)
#: Copied, for the steps write there; all else is the tree's own.
WRITTEN = ("src/kofu/certificates", "src/kofu/staff/audit_words.py", "tests/certificates", "profiles")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree the steps are followed in."""
    for path in WRITTEN:
        copy = tmp_path / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / path, copy)
    folders = {parent for path in WRITTEN for parent in Path(path).parents}
    for folder in sorted(folders):
        for one in (ROOT / folder).iterdir():
            if not one.name.startswith(".") and not (tmp_path / folder / one.name).exists():
                (tmp_path / folder / one.name).symlink_to(one)
    return tmp_path


def said(step: int, begins: str) -> str:
    """Give the command of a step that begins so, as the page says it."""
    return next(words for words in re.findall(r"`([^`]+)`", STEPS[step - 1]) if words.startswith(begins))


def run(tree: Path, command: str) -> None:
    """Run a command of the page in the copy, with this environment's Python."""
    own = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}  # of screens
    environment = own | {"PYTHONPATH": f"{tree / 'src'}:{tree}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        ["bash", "-c", command.replace("python ", f"{sys.executable} ")],
        cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"


def write(tree: Path, path: str, before: str, after: str) -> None:
    """Change a file of the copy in one place."""
    file = tree / path
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, (path, before, text.count(before))
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_every_path_the_page_names_is_there() -> None:
    named = re.findall(r"((?:src|scripts|tests)/[\w/.]+\w)", PAGE)
    made = [path for path in named if "standard_r10" not in path]
    assert len(made) > 5
    assert [path for path in made if not (ROOT / path).exists()] == []


def test_a_form_added_as_the_page_says_is_drawn_approved_and_in_force_from_its_day(tree: Path) -> None:
    assert len(STEPS) == 7
    forms = "src/kofu/certificates/forms/taxation"
    only = " -k standard_r10"  # what the steps look at of all forms, looked at of the new one alone
    run(tree, said(1, "cp -r"))
    write(tree, f"{forms}/standard_r10/sample.json", '"見本　太郎"', '"見本　次郎"')
    look = said(2, "python scripts/render_form.py")
    run(tree, re.sub(r"/\w+/(?=form.pdf)", f"{tree}/", look))
    assert (tree / "form.pdf").read_bytes().startswith(b"%PDF")
    assert (tree / "form-1.png").exists()
    write(tree, f"{forms}/standard_r10/sample.json", '"見本　次郎"', '"見本　太郎"')
    write(
        tree,
        "src/kofu/staff/audit_words.py",
        '"standard_r8": ',
        '"standard_r10": "標準様式（令和10年）", "standard_r8": ',
    )
    write(
        tree, "tests/certificates/orders.py", '    ("taxation", "standard_r8"): TAXATION,\n',
        '    ("taxation", "standard_r8"): TAXATION,\n'
        '    ("taxation", "standard_r10"): replace(TAXATION, form_version="standard_r10"),\n',
    )  # fmt: skip
    run(tree, said(5, "KOFU_UPDATE_GOLDEN=1") + only)
    assert (tree / "tests/certificates/golden/taxation-standard_r10.png").exists()
    run(tree, said(6, "KOFU_UPDATE_GOLDEN=1") + only)
    assert (tree / "src/kofu/certificates/last_look/forms/taxation/standard_r10.json").exists()
    line = said(7, "{ version")
    profile = tree / "profiles" / "mihon.toml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(
        text.replace("valid_from = 2026-01-05 },", f"valid_from = 2026-01-05 }},\n    {line},", 1), "utf-8"
    )
    kind, values = CertificateKind.TAXATION, load_profile(profile)
    assert values.form_version_on(kind, date(2028, 1, 3)) == "standard_r8"
    assert values.form_version_on(kind, date(2028, 1, 4)) == "standard_r10"
    run(tree, f"python -m pytest -q -p no:cacheprovider tests/certificates{only}")


def test_a_form_nobody_approved_is_found(tree: Path) -> None:
    """The twin: without the last look's list the new form fails its tests."""
    run(tree, said(1, "cp -r"))
    write(
        tree, "tests/certificates/orders.py", '    ("taxation", "standard_r8"): TAXATION,\n',
        '    ("taxation", "standard_r10"): replace(TAXATION, form_version="standard_r10"),\n',
    )  # fmt: skip
    with pytest.raises(AssertionError, match=r"standard_r10\.json"):
        run(tree, "python -m pytest -q -p no:cacheprovider tests/certificates/last_look/test_forms.py -k standard_r10")
