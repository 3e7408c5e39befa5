"""Write docs/evidence.md from the table: `python -m kofu.evidence.document docs`. A test holds the page to it."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from kofu.core.system_names import SYSTEM_NAMES
from kofu.evidence.domain.promises import Promise, PromiseCoverage, PromiseTable
from kofu.evidence.table import promise_table

INTRODUCTION = """\
# The promises of the assessment, and what keeps each (評価書の約束と証拠)

Drawn from `src/kofu/evidence/promises.toml` and `checks.toml` by `make docs`; do not edit by hand.

The ward's assessment ({source}) promises {many} things. Each stands below in its own words, by section, with
what keeps it. 実: software keeps it, and a look asks what runs **now**: databases, files, processes, a real TLS
handshake. 一部: so, but for what the row says is lacking. 外: people keep it; the ward writes down on the staff's
screens when it was seen to, by whom, where the paper lies and when it is due again; what is overdue is marked.

`kofu evidence --pdf FILE --json FILE` looks at everything within reach and writes the assessor's paper; the page
評価書の約束 of both staff screens shows the last look at each and looks again on a button. What does not run is
確かめられない, never 守られている. Every look has a fault planted for it in
`tests/evidence/test_checks_can_fail.py`, and finds it; a promise nothing stands behind does not load.
[The paper of the demonstration](evidence.pdf) and [its JSON](evidence.json) are made by `make evidence`.

{counts}.
"""


def evidence_page(table: PromiseTable) -> str:
    """Write the page."""
    counts = "; ".join(f"{one.label}: {sum(p.coverage is one for p in table.promises)}" for one in PromiseCoverage)
    parts = [INTRODUCTION.format(source=table.source, many=len(table.promises), counts=counts)]
    for section, promises in groupby(table.promises, key=lambda promise: promise.section):
        rows = [_row(table, promise) for promise in promises]
        heads = "| | 評価書の文 | | 守り方・責任者 | 見るもの・区の記録 |\n|---|---|---|---|---|"
        parts.append("\n".join([f"## {section}\n", heads, *rows]) + "\n")
    return "\n".join(parts)


def _short(system: str) -> str:
    return SYSTEM_NAMES[system].short


def _row(table: PromiseTable, promise: Promise) -> str:
    looks = [
        f"`{code}`（{'、'.join(map(_short, table.check(code).systems))}）{table.check(code).asks}"
        for code in promise.checks
    ]
    by_hand = promise.kept_in
    if by_hand is not None:
        looks.append(f"区の記録：{by_hand.what}、{by_hand.months}か月ごと（{_short(by_hand.page)}の画面）")
    control = (
        f"{promise.control}{f' **まだ足りない点：**{promise.lacks}' if promise.lacks else ''}<br>{promise.responsible}"
    )
    return f"| {promise.number} | {promise.words} | {promise.coverage.label} | {control} | {'<br>'.join(looks)} |"


if __name__ == "__main__":
    (Path(sys.argv[1]) / "evidence.md").write_text(evidence_page(promise_table()), encoding="utf-8")
