"""Counts and lists name their municipality: no statement of the ledger reads rows of whoever happens to be there.

Every statement on a table of the ledger names `municipality_code`, or takes rows by their keys, which another statement
found. What does neither stands below with its reason. This test reads every statement there is.
"""

from __future__ import annotations

import re

import pytest
from tests.ledger.sql_texts import ROOT, statements

#: Every table of the ledger: a municipality's own, or hanging on one that is.
TABLES = {
    found
    for path in ROOT.rglob("tables.py")
    for found in re.findall(r'db_table = "(\w+)"', path.read_text(encoding="utf-8"))
}
READ = re.compile(r"\b(?:FROM|JOIN|UPDATE|USING)\s+(?:ONLY\s+)?(\w+)")
#: `id = %s`, `claim.id = ANY(%s)`, `run_id IN (…)`, `reference = %s`, `payment_id = wanted.id` where the
#: rows of `wanted` are given: rows another statement found.
BY_KEY = re.compile(
    r"\b(?:id|\w+_id|reference)\s*(?:=|IN)\s*(?:(?:ANY\()?\(*(?:%s|%b|%\(\w+\)s|\?)|(?:wanted|new)\.\w*id\b)"
)

WHOLE_LEDGER = "the check of the ledger goes over every row there is"
SEQUENCE = "entries of all municipalities are numbered in one sequence; asks for its end"
PART = "a part of statements: about a row they have chosen already"
GIVEN = "its callers give the condition, by municipality or by key"
#: (module, function) → why its statement names no municipality.
EXPLAINED = {
    ("arrears/dunning.py", "<module>"): PART,
    ("arrears/events.py", "_standing"): PART,
    ("arrears/overdue.py", "soon_to_dun"): "its condition begins as the list's, with the municipality",
    ("assessments/register_assessments.py", "_without_rate"): "the claims are given by their keys, as rows",
    ("books/claim_terms.py", "<module>"): PART,
    ("books/journal.py", "<module>"): PART,
    ("books/verify.py", "<module>"): WHOLE_LEDGER,
    ("books/verify.py", "_checks"): WHOLE_LEDGER,
    ("books/verify.py", "_against"): WHOLE_LEDGER,
    ("books/verify_people.py", "<module>"): WHOLE_LEDGER,
    ("counter/read.py", "<module>"): PART,
    ("debit/request_debits.py", "<module>"): PART,
    ("deliveries/deliveries.py", "<module>"): PART,
    ("feed/stated.py", "stated_facts"): SEQUENCE,
    ("figures/collection_report.py", "count_collections"): SEQUENCE,
    ("glyphs/glyphs.py", "_read"): GIVEN,
    ("holds/read_holds.py", "count_unsent"): "messages wait in one queue, whoever they are about",
    ("payments/batches.py", "_find"): GIVEN,
    ("payments/batches.py", "list_batches"): "its condition begins with the municipality",
    ("payments/batches.py", "problems_of"): "its condition begins with the municipality",
    ("payments/day_decisions.py", "<module>"): GIVEN,
    ("payments/suspense.py", "_suspended"): GIVEN,
    ("person/page.py", "<module>"): PART,
    ("people/find.py", "find_people"): "its conditions begin with the municipality",
    ("taking_over/take_over.py", "_require_unused"): "taken over is only into a ledger nobody has written to",
}  # fmt: skip


def names_none(text: str) -> bool:
    """Whether a text reads or changes rows of the ledger and says neither whose nor which."""
    tables = set(READ.findall(text)) & TABLES
    return bool(tables) and "municipality_code" not in text and not BY_KEY.search(text)


def unnamed() -> set[tuple[str, str]]:
    return {(module, function) for module, function, _, text in statements() if names_none(text)}


def test_every_statement_names_its_municipality_or_takes_rows_by_their_keys() -> None:
    assert unnamed() - EXPLAINED.keys() == set()


def test_every_exception_is_still_there() -> None:
    assert EXPLAINED.keys() - unnamed() == set()


@pytest.mark.parametrize(
    ("statement", "seen"),
    [
        ("SELECT count(*) FROM dunning_run WHERE state = 'drawn'", True),
        ("SELECT count(*) FROM payment_balance WHERE suspense > 0", True),
        ("UPDATE batch SET state = 'held'", True),
        ("SELECT 1 FROM batch JOIN batch_row ON batch.id = batch_row.batch_id WHERE batch_row.key = 'x'", True),
        ("SELECT count(*) FROM dunning_run WHERE municipality_code = %s AND state = 'drawn'", False),
        ("UPDATE batch SET state = %s WHERE id = %s", False),
        ("SELECT 1 FROM claim JOIN notice ON notice.id = notice_id WHERE claim.id = ANY(%s)", False),
        ("SELECT 1 FROM unnest(%b::uuid[]) AS wanted (id) JOIN payment_balance ON payment_id = wanted.id", False),
        ("SELECT 1 FROM unnest(%s::date[]) AS wanted (day) JOIN payment ON booked_on = wanted.day", True),
        ("SELECT 1 FROM pg_stat_activity", False),
    ],
)
def test_the_test_sees_what_it_looks_for(statement: str, *, seen: bool) -> None:
    assert names_none(statement) is seen
