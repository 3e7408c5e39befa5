"""The number under a refusal: one for each reason, no word of the program, and the same in the manual."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kofu.center.app import STOPPED
from kofu.certificates.domain.refusals import REFUSALS
from kofu.issuing.requests.domain.technical import TECHNICAL
from kofu.kiosk.domain import troubles
from kofu.kiosk.domain.told_numbers import NUMBERS, OTHER, told_number
from kofu.kiosk.wording import load_wordings

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "src" / "kofu" / "kiosk" / "templates"
WARD = {refusal.code for refusal in (*REFUSALS.values(), *TECHNICAL.values())} | {STOPPED}
HERE = set(troubles._BY_CODE) | set(load_wordings()["ja"].texts["trouble_codes"]) - {"other"}


def test_every_reason_a_resident_is_told_has_a_number_of_its_own() -> None:
    assert set(NUMBERS) >= WARD | HERE
    assert len(set(NUMBERS.values())) == len(NUMBERS)
    assert all(100 <= number < OTHER for number in NUMBERS.values())
    assert told_number("brand_new") == OTHER


def test_the_manual_has_every_number() -> None:
    said = (ROOT / "docs" / "how-to" / "use-the-kiosk.md").read_text(encoding="utf-8")
    assert {
        code: int(number) for number, code in re.findall(r"^\| (\d{3}) \| `(\w+)` \|$", said, re.MULTILINE)
    } == NUMBERS


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.stem)
def test_no_screen_shows_a_word_of_the_program(template) -> None:
    """`card_expired` says nothing to who reads Vietnamese, nor to the office that is called."""
    shown = re.findall(r"{{[^}]*\.code\b[^}]*}}", template.read_text(encoding="utf-8"))
    assert [
        one for one in shown if "number(" not in one and "wording.code" not in one and ".refused.code" not in one
    ] == []
