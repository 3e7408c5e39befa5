"""Accessibility of a page as axe-core finds it: WCAG 2.2, levels A and AA.

`axe_core/` holds axe-core 4.14.1 (Mozilla Public License 2.0, see the licence beside it), used by tests alone.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

SCRIPT = Path(__file__).with_name("axe_core") / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN = """async (rules) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] });
  return found.violations.map((v) => `${v.id}: ${v.help} | ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
}"""


@cache
def _script() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def axe_findings(page: Page) -> list[str]:
    """List what axe finds on the page as it stands: rule, what it asks for, and the elements."""
    page.evaluate(_script())  # by the debugger: a page's own policy need not allow scripts of tests
    return list(page.evaluate(RUN, list(RULES)))


def axe_finds_nothing(page: Page) -> None:
    """Fail with every finding where the page as it stands violates WCAG 2.2 AA or axe's best practice."""
    found = axe_findings(page)
    assert found == [], "\n".join(found)
