"""`kofu payments` and `kofu day`: what an operator types, right and wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
import pytest
from tests.ledger.payments.payment_files import HEADER, LAYOUTS, debit
from tests.ledger.small_ledger import new_ledger
from tests.operators import Operators, log_in
from typer.testing import CliRunner, Result

from kofu.cli import build
from kofu.ledger.debit.codecs.direct_debit import DebitFile, DebitResult, encode_result
from kofu.ledger.slips.codecs.convenience import barcode_profile
from kofu.ledger.slips.codecs.customer_numbers import customer_number
from kofu.platform.postgres import SystemDatabase

pytestmark = pytest.mark.storage
ROOT = Path(__file__).parents[3]
DAY = "2026-06-30"


@pytest.fixture(scope="module")
def people(system_database, tmp_path_factory) -> Operators:
    """Who is logged in to a ledger nobody works on: each test has a copy."""
    return log_in("ledger", new_ledger(system_database), tmp_path_factory.mktemp("operators"), kessai="approver")


@pytest.fixture
def database(system_database, people, monkeypatch) -> SystemDatabase:
    made = system_database("ledger", like=people.database)
    people.be(monkeypatch, "kessai")
    monkeypatch.setenv("KOFU_LEDGER_OWNER_DATABASE_URL", made.owner_url)
    monkeypatch.setenv("KOFU_PROFILE", str(ROOT / "profiles" / "mihon.toml"))
    monkeypatch.delenv("KOFU_LAYOUTS", raising=False)
    return made


@pytest.fixture
def debits(tmp_path) -> Path:
    """A bank's answer: two debits, one of which a claim is found for."""
    number = customer_number(barcode_profile(LAYOUTS), f"{1:017d}", "1") or ""
    lines = (debit(number, DebitResult.PAID), debit("9" * 20, DebitResult.PAID))
    path = tmp_path / "debits.txt"
    path.write_bytes(encode_result(DebitFile(header=HEADER, lines=lines)))
    return path


def kofu(*words: str) -> Result:
    return CliRunner().invoke(build(), list(words))


def test_a_file_is_received_posted_reconciled_and_the_day_closed(database, debits) -> None:
    received = kofu("payments", "receive", str(debits), "--kind", "debit_result", "--day", DAY)
    assert received.exit_code == 0, received.output
    assert "checked" in received.output
    assert "48,000 yen" in received.output
    refused = kofu("day", "close", "--day", DAY)
    assert refused.exit_code == 1
    assert "batches_wait" in refused.output
    posted = kofu("payments", "post")
    assert "2 payments, 48,000 yen" in posted.output.replace("\n", " ")
    assert "no batch waits" in kofu("payments", "post").output
    assert "DIFFERS direct_debit" in kofu("day", "show", "--day", DAY).output
    assert kofu("day", "state", "direct_debit", "2", "48000", "--day", DAY).exit_code == 0
    closed = kofu("day", "close", "--day", DAY)
    assert closed.exit_code == 0, closed.output
    with psycopg.connect(database.app_url) as connection:
        assert connection.execute("SELECT day FROM day_close").fetchall() == [(date(2026, 6, 30),)]


def test_a_file_that_is_something_else_is_held_and_its_place_is_named(database, tmp_path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    held = kofu("payments", "receive", str(path), "--kind", "debit_result")
    assert held.exit_code == 1
    assert "held" in held.output
    assert "holiday.jpg" in held.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("payments", "receive", "nowhere.txt", "--kind", "debit_result"), "No such file"),
        (("payments", "receive", "README.md", "--kind", "cheque"), "debit_result, convenience, electronic, keyed"),
        (("payments", "receive", "README.md", "--kind", "keyed"), "keying_missing"),
        (("day", "state", "pigeon", "1", "1"), "channel_unknown"),
        (("day", "close", "--day", "2199-01-01"), "day_to_come"),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_one_line(database, monkeypatch, words, said) -> None:
    monkeypatch.chdir(ROOT)
    done = kofu(*words)
    assert done.exit_code == 1
    assert said in done.output.replace("\n", " ")


def test_without_a_database_the_verb_says_which_variable_to_set(monkeypatch) -> None:
    monkeypatch.delenv("KOFU_LEDGER_OWNER_DATABASE_URL", raising=False)
    assert "KOFU_LEDGER_OWNER_DATABASE_URL" in kofu("payments", "post").output
