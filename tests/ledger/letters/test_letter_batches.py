"""G6: 督促 by the hundred as one file in the order of the post; who may not be written to is left out, on record."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pypdfium2
import pytest
from tests.ledger.arrears.people_owing import CHIEF, CLERK, ISSUED, WARD, approve, draw
from tests.ledger.letters.batches import PEOPLE, approved, claim_of, people

from kofu.core.errors import OperatorFault
from kofu.ledger.arrears import dunning_runs
from kofu.ledger.arrears.letters import dunning_envelopes
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.rates_file import rates
from kofu.ledger.letters.letter_batches import BatchKind, BatchWork, PrintedBatch, print_batch
from kofu.ledger.papers.press import PaperPress
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.recipients.read_recipients import documents_sent
from kofu.platform.fonts import find_font
from kofu.platform.profiles import load_profile

pytestmark = [pytest.mark.storage, pytest.mark.font]
MANY = 300
PROFILE = load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml")


@pytest.fixture(scope="module")
def press() -> PaperPress:
    return PaperPress(find_font())


@pytest.fixture
def url(system_database) -> str:
    return system_database("ledger").app_url


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def watch(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as opened:
        yield opened


def work(watch: psycopg.Connection, press: PaperPress, *, both_sides: bool = False) -> BatchWork:
    return BatchWork(
        profile=PROFILE,
        rules=ledger_profile(WARD).papers,
        press=press,
        watch=watch,
        both_sides=both_sides,
        acting=CLERK,
    )


def printed(connection: psycopg.Connection, run: UUID, how: BatchWork, batch: UUID | None = None) -> PrintedBatch:
    envelopes = dunning_envelopes(connection, run, work=how, interest=MatchingRules(rates()))
    return print_batch(connection, batch or uuid4(), BatchKind.DUNNING, envelopes, subject=str(run), work=how)


def pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [re.sub(r"\s", "", page.get_textpage().get_text_bounded()) for page in document]


def test_letters_stand_in_the_order_of_the_post_and_are_counted_and_on_record(connection, watch, press) -> None:
    """郵便番号, then address with its numbers as numbers (２番 before １０番); who has no 郵便番号 comes last."""
    people(connection, 4)
    done = printed(connection, approved(connection), work(watch, press))
    found = pages(done.pdf)
    assert [next(name for name, *_ in PEOPLE if name.replace(" ", "") in page) for page in found] == [
        "見本 四葉", "見本 三郎", "見本 一郎", "見本 二葉",
    ]  # fmt: skip
    assert (done.letters, done.pages, done.left_out) == (4, 4, ())
    assert connection.execute("SELECT total, done, letters, pages, finished_at IS NOT NULL FROM letter_batch").fetchall(
    ) == [(4, 4, 4, 4, True)]  # fmt: skip
    assert all("1／1" in page for page in found), "each letter counts its own pages"
    for number in "1234":
        assert [sent.document for sent in documents_sent(connection, WARD, number)] == ["dunning_letter"]


def test_who_may_not_be_written_to_is_left_out_and_named_and_the_others_go(connection, watch, press) -> None:
    """The dead without a representative; a name the font does not draw: neither stops 1,199 others."""
    people(connection, 4)
    run = approved(connection)
    connection.execute("UPDATE taxpayer SET status = 'dead' WHERE addressee_number = '1'")
    connection.execute("UPDATE taxpayer SET name = %s WHERE addressee_number = '3'", ["見本 \U0002b9f0"])
    done = printed(connection, run, work(watch, press))
    assert {(one.reference, one.why) for one in done.left_out} == {
        ("宛名 1", "held_no_representative"),
        ("宛名 3", "cannot_draw"),
    }
    assert done.letters == len(pages(done.pdf)) == 2
    assert documents_sent(connection, WARD, "1") == documents_sent(connection, WARD, "3") == []
    ((kept,),) = connection.execute("SELECT left_out FROM letter_batch").fetchall()
    assert {one["why"] for one in kept} == {"held_no_representative", "cannot_draw"}


def test_printed_on_both_sides_nobodys_letter_begins_on_the_back_of_another(connection, watch, press) -> None:
    people(connection, 3)
    done = printed(connection, approved(connection), work(watch, press, both_sides=True))
    found = pages(done.pdf)
    assert (done.letters, done.pages) == (3, 6)
    assert [bool(page) for page in found] == [True, False] * 3


def test_one_is_taken_out_before_the_decision_with_its_reason(connection, watch, press) -> None:
    people(connection, 3)
    drawn = draw(connection)
    dunning_runs.take_out(connection, drawn.run_id, claim_of(connection, 2), reason="分納の約束", acting=CLERK)
    with pytest.raises(OperatorFault, match="taken out already"):
        dunning_runs.take_out(connection, drawn.run_id, claim_of(connection, 2), reason="分納の約束", acting=CLERK)
    with pytest.raises(OperatorFault) as wordless:
        dunning_runs.take_out(connection, drawn.run_id, claim_of(connection, 1), reason=" ", acting=CLERK)
    assert wordless.value.code == "reason_needed"
    assert approve(connection, drawn.run_id, CHIEF).letters == 2
    ((fallen,),) = connection.execute("SELECT fallen FROM dunning_run").fetchall()
    assert [(one["claim_id"], one["why"], one["reason"], one["by"]) for one in fallen] == [
        (claim_of(connection, 2), "taken_out", "分納の約束", CLERK.actor)
    ]
    assert printed(connection, drawn.run_id, work(watch, press)).letters == 2


def test_one_is_pulled_before_the_post_and_was_never_dunned(connection, watch, press) -> None:
    """引抜き: paid on the morning of the post. No 督促 of it stands on record, and it can be drawn again."""
    people(connection, 2)
    run = approved(connection)
    claim = claim_of(connection, 1)
    dunning_runs.take_out(connection, run, claim, reason="窓口で納付の申出", acting=CLERK)
    done = printed(connection, run, work(watch, press))
    assert (done.letters, done.numbers) == (1, ("2",))
    dunning_runs.mark_sent(connection, run, on=ISSUED, acting=CLERK)
    with pytest.raises(OperatorFault) as late:
        dunning_runs.take_out(connection, run, claim_of(connection, 2), reason="遅い", acting=CLERK)
    assert late.value.code == "run_state"
    again = draw(connection)
    assert [line.claim_id for line in again.drawn.lines] == [claim]
    assert approve(connection, again.run_id, CHIEF).letters == 1


@pytest.mark.parametrize(
    "change",
    [
        "due = 1, pulled_at = now(), pulled_by = 'x', pulled_why = 'y'",
        "pulled_at = now(), pulled_by = 'x', pulled_why = ''",
        "issued_on = '2026-01-01'",
    ],
)
def test_nothing_else_of_a_letter_is_ever_changed(connection, change) -> None:
    """The database holds it, whoever writes."""
    people(connection, 1)
    approved(connection)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"UPDATE dunning_letter SET {change}")


def test_what_nobody_may_receive_on_the_day_of_the_post_is_pulled_then(connection) -> None:
    people(connection, 2)
    run = approved(connection)
    connection.execute("UPDATE taxpayer SET status = 'dead' WHERE addressee_number = '1'")
    assert dunning_runs.mark_sent(connection, run, on=ISSUED, acting=CLERK) == 1
    assert connection.execute("SELECT count(*) FROM dunning_letter WHERE pulled_at IS NULL").fetchone() == (1,)


def test_a_batch_is_made_once_and_without_a_file_nothing_is_on_record(connection, watch, press) -> None:
    people(connection, 1)
    run, batch = approved(connection), uuid4()
    connection.execute("UPDATE taxpayer SET status = 'dead'")
    with pytest.raises(OperatorFault) as nobody:
        printed(connection, run, work(watch, press), batch)
    assert nobody.value.code == "no_letters"
    assert connection.execute("SELECT fault, finished_at FROM letter_batch").fetchall() == [("no_letters", None)]
    assert documents_sent(connection, WARD, "1") == []
    with pytest.raises(OperatorFault) as twice:
        printed(connection, run, work(watch, press), batch)
    assert twice.value.code == "batch_known"


@pytest.mark.slow
def test_hundreds_of_letters_are_one_file_in_bounded_memory(connection, watch, press) -> None:
    """G6."""
    people(connection, MANY)
    run = approved(connection)
    tracemalloc.start()
    done = printed(connection, run, work(watch, press))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (done.letters, done.pages, done.left_out) == (MANY, MANY, ())
    assert len(done.pdf) < 35_000 * MANY
    assert peak < 50_000 * MANY
    codes = [match[1] for page in pages(done.pdf) if (match := re.search(r"〒(\d{3}-\d{4})", page))]
    assert len(codes) == MANY - 1, "one of them has no 郵便番号"
    assert codes == sorted(codes)
