"""The processes of one run of tests start one arrangement for the browser, not one each."""

from __future__ import annotations

from pathlib import Path

from tests.sharing_out import together

BROWSER = Path(__file__).parent / "browser"


def test_a_file_stays_in_one_process_and_all_of_the_browser_in_one() -> None:
    browser = {together(f"tests/browser/{file.name}::test_one[a-{{b::c}}]") for file in BROWSER.glob("test_*.py")}
    assert len(browser) == 1
    others = [together(f"tests/{file}.py::test_one") for file in ("core/test_words", "core/test_numbers", "test_tidy")]
    assert len({*others, *browser}) == 4
    assert together("tests/test_tidy.py::test_one") == together("tests/test_tidy.py::Several::test_two")
