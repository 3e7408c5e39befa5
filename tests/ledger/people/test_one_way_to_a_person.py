"""One way to a person: no statement of the ledger asks for a single 宛名番号, for a person may have several.

Numbers that mean one person (宛名の統合) are read together: `people.numbers.numbers_of` alone gives them, as
`PersonNumbers`, and in SQL the view `addressee_survivor` gives the number that stands for each. This test reads every
statement there is.
"""

from __future__ import annotations

import ast
import re

import pytest
from tests.ledger.sql_texts import ROOT, statements

COLUMN = r"(?:\w+\.)?(?:addressee_number|own_number|from_number|into_number)"
#: `addressee_number = %s`: one number by itself.
ONE_NUMBER = re.compile(rf"{COLUMN}\s*(?:=|<>|<|>|LIKE)\s*%(?:\(\w+\))?s")
#: `addressee_number = ANY(%s)`: several; of one person only where they are `PersonNumbers`.
SEVERAL = re.compile(rf"{COLUMN}\s*(?:=|<>)\s*ANY\(%(?:\(\w+\))?s")
#: `a.addressee_number = b.addressee_number`, `USING (…, addressee_number)`: rows of the same number, not of the person.
SAME_NUMBER = re.compile(rf"{COLUMN}\s*=\s*\w+\.\w*(?:addressee|own|from|into)_number|USING \([^)]*addressee_number")

#: Statements about the number itself: (module, function) → why it is not about the person.
OF_THE_NUMBER = {
    ("addressees/addressees.py", "versions_of"): "the history of what is recorded under the number",
    ("addressees/addressees.py", "change"): "writes what is recorded under the number",
    ("addressees/addressees.py", "_standing"): "locks what is recorded under the number, to change it or to merge it",
    ("addressees/merge_people.py", "_recorded"): "what is recorded under the number, to compare two numbers",
    ("holds/issuance_holds.py", "set_hold"): "whether anybody has the number; views make it the person's",
    ("holds/issuance_holds.py", "hold_for_file"): "which numbers of a received file anybody has",
    ("assessments/received.py", "known_people"): "which numbers of a received file anybody has",
    ("addressees/keep_protection.py", "keep_protection"): "marks many at once, under all numbers they have",
    ("people/for_the_record.py", "<module>"): "whether anybody ever had one of the numbers; it names nobody",
    ("arrears/dunning_runs.py", "_held_documents"): "finds who must be asked about; `standing_of` reads each whole",
}  # fmt: skip
#: Joins by the same number: why the row's own number is what is meant.
NAMES_ITS_OWN_ROW = "shows the row under the number and name it was recorded with; its link leads to the whole person"
JOINED_BY_NUMBER = {
    ("addressees/merge_people.py", "_recorded"): "the latest version of what is recorded under the number",
    ("feed/feed_figures.py", "<module>"): "counts rows beside those fed before; it asks for nobody",
    ("feed/feed_figures.py", "unequal_names"): "compares the names of all rows; it asks for nobody",
    ("feed/feed_rows.py", "<module>"): "compares the views, where a number stands for its person, with the fed",
    ("payments/till.py", "on_the_paper"): NAMES_ITS_OWN_ROW,
    ("payments/search_payments.py", "find_payments"): NAMES_ITS_OWN_ROW,
    ("counter/read.py", "<module>"): NAMES_ITS_OWN_ROW,
    ("payments/decide_receipt_cases.py", "<module>"): NAMES_ITS_OWN_ROW,
    ("overpayments/read.py", "<module>"): NAMES_ITS_OWN_ROW,
    ("overpayments/lapse.py", "lapsing"): NAMES_ITS_OWN_ROW,
    ("debit/request_debits.py", "read_request"): NAMES_ITS_OWN_ROW,
    ("payments/suspense.py", "candidates"): NAMES_ITS_OWN_ROW,
    ("payments/suspense.py", "list_corrections"): NAMES_ITS_OWN_ROW,
    ("arrears/read_decisions.py", "claim_standing"): NAMES_ITS_OWN_ROW,
    ("arrears/read_decisions.py", "claims_perhaps_ended"): NAMES_ITS_OWN_ROW,
    ("arrears/read_decisions.py", "reallocation_of"): NAMES_ITS_OWN_ROW,
    ("arrears/read_stays.py", "event_subject"): NAMES_ITS_OWN_ROW,
    ("arrears/read_stays.py", "lasting_events"): NAMES_ITS_OWN_ROW,
    ("arrears/read_runs.py", "letters_of"): NAMES_ITS_OWN_ROW,
    ("arrears/read_runs.py", "fallen_of"): NAMES_ITS_OWN_ROW,
    ("holds/read_holds.py", "<module>"): NAMES_ITS_OWN_ROW,
    ("arrears/unremitted.py", "<module>"): NAMES_ITS_OWN_ROW,
    ("payments/read_lists.py", "installment_named"): "the notice names its person; its page is the whole one",
    ("recipients/read_waiting.py", "<module>"): NAMES_ITS_OWN_ROW,
    ("assessments/register_statements.py", "<module>"): "the versions of what was recorded under the number",
}  # fmt: skip


def found(pattern: re.Pattern[str]) -> set[tuple[str, str]]:
    return {(module, function) for module, function, _, text in statements() if pattern.search(text)}


def _takes_a_person(function: ast.AST | None) -> bool:
    """Whether a function works with the numbers of a person: it is given them, or asks for them."""
    if function is None:
        return False
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return bool(names & {"numbers_of", "PersonNumbers"})


def test_no_statement_asks_for_one_number_by_itself() -> None:
    assert found(ONE_NUMBER) - OF_THE_NUMBER.keys() == set()


def test_where_several_numbers_are_asked_for_they_are_all_of_a_person() -> None:
    taken = {
        (module, function)
        for module, function, node, text in statements()
        if SEVERAL.search(text) and not _takes_a_person(node)
    }
    search = {("people/find.py", "find_people"), ("feed/stated.py", "<module>")}
    assert taken - OF_THE_NUMBER.keys() - search == set()


def test_statements_kept_for_reuse_are_run_with_the_numbers_of_a_person() -> None:
    """`feed/stated.py` keeps its statements as constants; its one reader gives them what `numbers_of` found."""
    source = (ROOT / "feed/stated.py").read_text(encoding="utf-8")
    assert source.count("[municipality_code, numbers") == 3
    assert "numbers = list(numbers_of(" in source


def test_joins_by_the_number_itself_are_explained() -> None:
    joined = {place for place in found(SAME_NUMBER) if place not in JOINED_BY_NUMBER}
    through_the_view = {
        (module, function)
        for module, function, _, text in statements()
        if SAME_NUMBER.search(text) and "addressee_survivor" in text
    }
    assert joined - through_the_view == set()


@pytest.mark.parametrize("listed", [OF_THE_NUMBER, JOINED_BY_NUMBER])
def test_every_exception_is_still_there(listed: dict[tuple[str, str], str]) -> None:
    there = found(ONE_NUMBER) | found(SEVERAL) | found(SAME_NUMBER)
    assert set(listed) - there == set()
    assert all(listed.values())


def test_only_one_function_makes_the_numbers_of_a_person() -> None:
    makers = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if re.search(r"(?<!NewType\(\")PersonNumbers\(", path.read_text(encoding="utf-8"))
    }
    assert makers == {"people/domain/numbers.py"}


@pytest.mark.parametrize(
    ("statement", "pattern"),
    [
        ("SELECT 1 FROM notice WHERE municipality_code = %s AND addressee_number = %s", ONE_NUMBER),
        ("… AND notice.addressee_number = %(number)s", ONE_NUMBER),
        ("… AND own_number = ANY(%s)", SEVERAL),
        ("JOIN debit_mandate m ON m.addressee_number = notice.addressee_number", SAME_NUMBER),
        ("JOIN taxpayer USING (municipality_code, addressee_number)", SAME_NUMBER),
    ],
)
def test_the_test_sees_what_it_looks_for(statement: str, pattern: re.Pattern[str]) -> None:
    assert pattern.search(statement)
