"""保管と消去の表: no rule without a job that exists and a test that exists."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from kofu.core.errors import OurFault
from kofu.platform.retention import FORMAT, TABLE, RetentionRule, read_rules, retention_rules

ROOT = Path(__file__).parents[2]
#: What the assessment of the ward, and the law, say of keeping; each must be in the table.
STATED = ("tax-years", "feeds-taken-in", "claims", "received-files", "sent-files", "letters", "previews")


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("rule", retention_rules(), ids=lambda rule: rule.code)
def test_the_job_and_the_test_of_a_rule_are_there(rule: RetentionRule) -> None:
    module, _, name = rule.job.partition(":")
    assert callable(getattr(importlib.import_module(module), name))
    path, _, test = rule.test.partition("::")
    assert test in names_in(ROOT / path)


@pytest.mark.parametrize("rule", [rule for rule in retention_rules() if rule.runs], ids=lambda rule: rule.code)
def test_a_job_that_runs_notes_its_runs(rule: RetentionRule) -> None:
    """The page shows when it ran last: some module of the system notes it under the code of the rule."""
    sources = (ROOT / "src" / "kofu" / rule.system).rglob("*.py")
    assert any(f'"{rule.code}"' in source.read_text(encoding="utf-8") for source in sources)


def test_every_rule_has_a_code_of_its_own_and_what_is_promised_is_in_the_table() -> None:
    codes = [rule.code for rule in retention_rules()]
    assert len(codes) == len(set(codes))
    assert set(STATED) <= set(codes)


@pytest.mark.parametrize("word", ["job", "test", "source", "rule"])
def test_a_rule_without_a_job_a_test_or_its_source_does_not_load(word: str) -> None:
    """The twin: the table as it stands loads, and without the word it does not."""
    text = TABLE.read_text(encoding="utf-8")
    assert read_rules(text) == retention_rules()
    lines = text.splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith(f"{word} = "))
    with pytest.raises(OurFault, match=word):
        read_rules("\n".join(lines[:first] + lines[first + 1 :]))
    with pytest.raises(OurFault, match="every word stands"):
        read_rules("\n".join([*lines[:first], f'{word} = ""', *lines[first + 1 :]]))


def test_another_format_is_refused() -> None:
    with pytest.raises(OurFault, match="kofu-retention/1"):
        read_rules(TABLE.read_text(encoding="utf-8").replace(FORMAT, "kofu-retention/2"))
