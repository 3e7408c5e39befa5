"""The page that lists the rules is drawn from the rules.

KOFU_UPDATE_GOLDEN=1 python -m pytest tests/judgement/test_rules_page.py

writes the table anew.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.judgement.lawful import DAY

from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS
from kofu.judgement.arithmetic import rules_of_assessments, rules_of_collections
from kofu.judgement.findings import Severity

PAGE = Path(__file__).resolve().parents[2] / "docs" / "why" / "arithmetic.md"
BEGIN, END = "<!-- rules: drawn from kofu.judgement.arithmetic -->\n", "<!-- end of rules -->"
ANSWERS = {Severity.HARD: "refused", Severity.ROW_HELD: "row held", Severity.WARNING: "counted"}


def drawn() -> str:
    lines = []
    for table, rules in ((ASSESSMENTS, rules_of_assessments(DAY)), (COLLECTIONS, rules_of_collections(DAY))):
        lines += [f"### {table.file_name}", "", "| rule | answer | what breaks it |", "|---|---|---|"]
        lines += [f"| `{rule.name}` | {ANSWERS[rule.severity]} | {rule.sentence} |" for rule in rules]
        lines.append("")
    return "\n".join(lines)


def test_the_page_lists_the_rules_as_they_are():
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    whole = f"{before}{BEGIN}\n{drawn()}\n{END}{after}"
    if os.environ.get("KOFU_UPDATE_GOLDEN"):
        PAGE.write_text(whole, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == whole
