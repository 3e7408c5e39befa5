"""The docs keep their word: links lead somewhere, both READMEs show the same verbs, every invariant is spoken of."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from bench.kept_runs import kept, summed
from bench.proof_page import KIOSKS, LEDGER

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target for target in LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_both_readmes_show_the_same_commands() -> None:
    commands = [
        re.findall(r"^\$ (make \w+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        for name in ("README.md", "README.ja.md")
    ]
    assert commands[0] == commands[1] != []


def test_the_verbs_of_the_readme_are_in_the_makefile() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"help", "run", "test", "check", "check-slow", "bench", "docs", "clean"} <= verbs


def test_the_index_reaches_every_page() -> None:
    """Following links from docs/index.md; a link to a folder reaches all that lies in it."""
    start = ROOT / "docs" / "index.md"
    reached, waiting = {start}, [start]
    while waiting:
        page = waiting.pop()
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            there = (page.parent / target).resolve() if "://" not in target else page
            found = there.rglob("*.md") if there.is_dir() else [there] if there.suffix == ".md" else []
            new = [one for one in found if one not in reached and one.is_relative_to(ROOT / "docs")]
            reached.update(new)
            waiting += new
    assert sorted(set((ROOT / "docs").rglob("*.md")) - reached) == []


def test_the_tests_the_readmes_name_are_there_and_both_name_the_same() -> None:
    named = [
        sorted(re.findall(r"`(tests/[\w/]+\.py)`", (ROOT / name).read_text(encoding="utf-8")))
        for name in ("README.md", "README.ja.md")
    ]
    assert named[0] == named[1] != []
    assert [path for path in named[0] if not (ROOT / path).exists()] == []


def test_the_readme_does_not_count_more_tests_than_there_are() -> None:
    """Functions are counted, not what parametrising makes of them."""
    claimed = re.search(r"more than ([\d,]+) test functions", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert claimed is not None
    functions = sum(
        len(re.findall(r"^\s*(?:async )?def test_", path.read_text(encoding="utf-8"), re.MULTILINE))
        for path in (ROOT / "tests").rglob("test_*.py")
    )
    assert functions > int(claimed.group(1).replace(",", ""))


def test_the_speeds_of_the_readme_are_those_on_record() -> None:
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    engines = json.loads((ROOT / "bench" / "results" / "engines.json").read_text(encoding="utf-8"))
    payments = json.loads((ROOT / "bench" / "results" / "ledger_payments-whole.json").read_text(encoding="utf-8"))
    slower = engines["times_slower"]
    for words in (
        f"set in {engines['milliseconds_each']['kofu']} ms",
        f"typst takes {slower['typst']} times",
        f"ReportLab {slower['reportlab']:.0f} times",
        f"WeasyPrint {slower['weasyprint']:.0f} times",
        f"read back in {engines['last_look_milliseconds']} ms",
        f"100,000 payments are posted in {payments['night_seconds']:.0f} s",
    ):
        assert words in text, words


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_the_readmes_claim_no_more_of_the_proof_than_its_record_says(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    proof = kept(KIOSKS)
    planted = proof["mutants"]["mutants"]
    caught = sum(one["verdict"] == "caught" for one in planted)
    played = summed(proof["runs"])
    assert played.wrong == []
    for figure in (played.total["papers"], played.total["requests"], len(planted), caught):
        assert f"{figure:,}" in text, figure
    assert max(run["day"] for run in proof["runs"]) in text
    ledger = summed(kept(LEDGER)["runs"])
    assert ledger.wrong == []
    assert f"{ledger.total['payments']:,}" in text
    topology = kept(ROOT / "docs" / "proof-topology.json")
    assert [part["violations"] for part in topology["parts"].values() if part["violations"]] == []


#: Read by a name that is put together of a system's or screens' name.
NAMED_BY_SYSTEM = re.compile(
    r"KOFU_(?:<SYSTEM>|<SCREENS>)_(?:(?:SCREENS_|OWNER_)?DATABASE_URL|PORT|URL|CERTIFICATE|KEY)"
)


def settings_read(source: str) -> set[str]:
    """Give the variables a module asks the environment for: what looks like one, in code that reads or names one."""
    asked = set(re.findall(r'(?:environ(?:\.get\(|\[)|_name\(|whole_number\(|= )"(KOFU_[A-Z_]+)"', source))
    return {name for name in asked if not re.search(rf'settings, "{name}"', source)}


def test_every_setting_the_program_reads_stands_on_the_page_of_settings_and_no_other() -> None:
    sources = (ROOT / "src/kofu").rglob("*.py")
    read = set().union(*(settings_read(path.read_text(encoding="utf-8")) for path in sources))
    read = {name for name in read if not re.fullmatch(r"KOFU_KIOSK_URL", name)}  # of a system: its name and _URL
    page = (ROOT / "docs/how-to/settings.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(KOFU_[A-Z_]+)`", page))
    assert len(read) > 30
    assert sorted(read - told) == [], "read, and not on docs/how-to/settings.md"
    assert sorted(told - read) == [], "on the page, and not read"
    assert len(NAMED_BY_SYSTEM.findall(page)) >= 5


def test_the_search_for_settings_finds_one() -> None:
    assert settings_read('x = os.environ.get("KOFU_NEW_THING", "")') == {"KOFU_NEW_THING"}


def test_the_ports_of_the_pages_are_those_of_the_program() -> None:
    from kofu.platform.settings import DEFAULT_PORTS

    page = (ROOT / "docs/how-to/settings.md").read_text(encoding="utf-8")
    assert {name: int(port) for port, name in re.findall(r"\| (\d{4}) \| `(\w+)` \|", page)} == DEFAULT_PORTS
