"""docs/diagrams.md is what the sources say: imports as they are, and a walk whose every step the code has."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("draw_diagrams", ROOT / "scripts" / "draw_diagrams.py")
assert _spec is not None
assert _spec.loader is not None
draw = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(draw)


def test_the_page_is_drawn_from_the_code_as_it_is() -> None:
    assert (ROOT / "docs" / "diagrams.md").read_text(encoding="utf-8") == draw.page(), "run `make docs`"


def test_no_arrow_leads_from_one_system_to_another() -> None:
    systems = {"issuing", "ledger", "registry", "center", "kiosk"}
    assert [edge for edge in draw.arrows("") if set(edge) <= systems] == []


def test_arrows_that_follow_from_others_are_left_out() -> None:
    assert draw.without_detours([("a", "b"), ("b", "c"), ("a", "c")]) == [("a", "b"), ("b", "c")]


def test_a_step_the_code_does_not_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not draw.is_there(draw.Step("issuing.requests.issue", "kiosk.app", "no"))
    assert not draw.is_there(draw.Step("core.yen", "center.app", "no", "contracts.center"))
    monkeypatch.setattr(draw, "WALK", (draw.Step("core.yen", "ledger.books.journal", "no"),))
    with pytest.raises(SystemExit, match=r"no step core\.yen"):
        draw.walk_chart()
