"""Every sentence the assessment promises stands in the table in its own words, and something stands behind each."""

from __future__ import annotations

import hashlib
from importlib import import_module

import pytest

from kofu.core.errors import OurFault
from kofu.core.system_names import SYSTEM_NAMES
from kofu.evidence.domain.promises import PromiseCoverage
from kofu.evidence.report import KEEPERS
from kofu.evidence.table import FOLDER, promise_table, read_table

PROMISES = (FOLDER / "promises.toml").read_text(encoding="utf-8")
CHECKS = (FOLDER / "checks.toml").read_text(encoding="utf-8")
#: Of the 64 sentences as they were compared, letter by letter but for spaces, with the document on 2026-11-29.
AS_COMPARED = "750f7447dc886dd0c6faf631df7e3fb4c79dc565ffb951718fcfcfdf22d436c7"


def test_the_words_are_those_that_were_compared_with_the_document() -> None:
    words = [promise.words for promise in promise_table().promises]
    assert len(words) == 64
    assert hashlib.sha256("\n".join(words).encode()).hexdigest() == AS_COMPARED


def test_every_check_is_a_function_that_is_there_in_systems_whose_looks_are_kept() -> None:
    for check in promise_table().checks:
        module, _, name = check.function.partition(":")
        assert callable(getattr(import_module(module), name)), check.code
        assert set(check.systems) <= set(KEEPERS) == set(SYSTEM_NAMES)


def test_what_software_keeps_in_part_says_what_is_lacking_and_what_it_does_not_keep_has_its_place() -> None:
    for promise in promise_table().promises:
        if promise.coverage is not PromiseCoverage.SOFTWARE:
            assert promise.kept_in is not None, promise.number
        if promise.kept_in is not None:
            assert promise.kept_in.page in {"issuing", "ledger"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('checks = ["kiosk.card_first"]', "", "promise 62 has neither a check nor a record"),
        ('checks = ["kiosk.card_first"]', 'checks = ["kiosk.card_last"]', "no check kiosk.card_last"),
        ('responsible = "税務課長"', 'responsible = ""', "promise 2 says nothing of responsible"),
        ("number = 64", "number = 65", "not numbered"),
        ("months = 12 }", "months = 0 }", "promise 2 has neither a check nor a record"),
        ("format = ", "former = ", "are not"),
    ],
)
def test_a_promise_without_a_check_does_not_load(old: str, new: str, said: str) -> None:
    """The twin of each: the table as it stands loads."""
    assert read_table(PROMISES, CHECKS) == promise_table()
    assert old in PROMISES
    with pytest.raises(OurFault, match=said):
        read_table(PROMISES.replace(old, new, 1), CHECKS)


def test_a_check_nobody_asks_for_does_not_load() -> None:
    with pytest.raises(OurFault, match=r"nobody asks for check kiosk\.card_first"):
        read_table(PROMISES.replace('checks = ["kiosk.card_first"]', 'checks = ["kiosk.warnings"]'), CHECKS)
