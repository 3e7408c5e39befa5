"""The ledger's simulation repeats by its seed, is sound as the product is, and its judge sees what is planted (P12)."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from tests.proof.fresh_seeds import fresh_seeds, when_asked_for
from typer.testing import CliRunner

from kofu.cli import build
from kofu.ledger.payments import post_batch
from kofu.simulation.house import open_databases
from kofu.simulation.ledger.plan import LedgerPlan, Way, draw_ledger_plan
from kofu.simulation.ledger.run import run_ledger
from kofu.simulation.plan import FaultStrike
from kofu.simulation.shorten import shorten
from kofu_proof.check import check
from kofu_proof.history import History, read_history

pytestmark = [pytest.mark.storage, pytest.mark.slow]

#: Seeds, each with payments and rows of a file. In 2 a payer is struck between the file of transfers and its end.
CORPUS = ((2, 24, 6), (3, 24, 6))
FRESH_PAYMENTS, FRESH_ROWS = 1_000, 300
STORIES = {
    "in_time", "by_debit", "late", "late_asked", "in_parts", "twice", "for_a_later_one", "told_again", "online_again",
    "taken_back", "confirmed_after_all", "nobodys", "keyed_wrong", "at_the_till", "reduced", "reduced_refunded",
    "increased", "refunded", "offset", "written_off", "taken_out", "moved", "to_suspense", "assigned", "sent_back",
}  # fmt: skip


@pytest.fixture(scope="module")
def databases(postgres):
    with open_databases("ledger", postgres) as made:
        yield made


@pytest.mark.parametrize(("seed", "payments", "rows"), CORPUS)
def test_a_seed_of_the_ledgers_corpus_is_sound(databases, seed, payments, rows):
    ran = run_ledger(draw_ledger_plan(seed, payments, rows), databases)
    assert [violation.line() for violation in ran.checked.violations] == []
    assert ran.checked.payments >= payments
    assert sum(ran.struck.values()) > 10


@when_asked_for
def test_fresh_seeds_of_the_ledger_are_sound(databases):
    for seed in fresh_seeds():
        ran = run_ledger(draw_ledger_plan(seed, FRESH_PAYMENTS, FRESH_ROWS), databases)
        violations = [violation.line() for violation in ran.checked.violations]
        assert violations == [], f"seed {seed}, {FRESH_PAYMENTS} payments, {FRESH_ROWS} rows"


def test_fresh_seeds_end_with_their_time_and_are_one_at_the_least():
    assert len(list(fresh_seeds(0.0))) == 1


def simulate(postgres: str, *words: str):
    common = ("--seed", "4", "--payments", "12", "--rows", "6", "--database", postgres)
    return CliRunner().invoke(build(), ["simulate", "--ledger", *common, *words])


@pytest.fixture(scope="module")
def played(postgres, tmp_path_factory):
    """What the command says of a few payments, and the folder their history lies in."""
    folder = tmp_path_factory.mktemp("ledger")
    told = simulate(postgres, "--keep", str(folder))
    assert told.exit_code == 0, told.stderr
    return told.stdout, folder / "seed-4"


def test_the_same_seed_of_the_ledger_is_the_same_history_to_the_last_byte(databases, played):
    again = run_ledger(draw_ledger_plan(4, 12, 6), databases)
    assert f"{again.checked.payments} payments, {again.yen:,} yen, {again.steps} steps" in played[0]
    assert f"history {again.digest[:16]}: sound" in played[0]


def test_a_history_of_the_ledger_is_judged_from_its_folder(played):
    told = CliRunner().invoke(build(), ["prove", "check", str(played[1])])
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, "sound")
    assert "payments in the books" in told.stdout


# The judge sees what must not be: one thing changed at a time --------------------------------------------------------


def rules_of(history: History, **books: object) -> set[str]:
    changed = msgspec.structs.replace(history.books, **books)
    return {one.rule for one in check(msgspec.structs.replace(history, books=changed)).violations}


def changed(rows: tuple, place: int, **more: object) -> tuple:
    return (*rows[:place], msgspec.structs.replace(rows[place], **more), *rows[place + 1 :])


def test_what_is_lost_doubled_invented_or_moved_in_the_books_is_named(played):
    history = read_history(played[1])
    books = history.books
    assert "books.lost" in rules_of(history, payments=books.payments[1:])
    assert "books.once" in rules_of(history, payments=(*books.payments, books.payments[0]))
    assert "books.invented" in rules_of(history, payments=changed(books.payments, 0, key="electronic/other"))
    assert "books.payment" in rules_of(history, payments=changed(books.payments, 0, yen=1))
    paid = next(place for place, one in enumerate(books.claims) if one.paid)
    assert {"books.balance", "books.claim"} <= rules_of(
        history, claims=changed(books.claims, paid, paid=books.claims[paid].paid + 100)
    )
    lying = next(place for place, one in enumerate(books.shares) if one.principal)
    assert "books.place" in rules_of(history, shares=books.shares[:lying] + books.shares[lying + 1 :])
    received = next(place for place, one in enumerate(books.transfers) if one.debit == "received")
    assert {"books.day", "books.payment"} <= rules_of(
        history, transfers=changed(books.transfers, received, yen=books.transfers[received].yen + 1)
    )
    twice = (*books.transfers, msgspec.structs.replace(books.transfers[0], id=10**9, entry="another"))
    assert "books.order" in rules_of(history, transfers=twice)
    assert "books.suspense" in rules_of(history, payments=changed(books.payments, 0, suspense=1))
    settling = next(place for place, one in enumerate(books.transfers) if one.credit == "due")
    more = books.transfers[settling].yen + 10**9
    assert "books.below_zero" in rules_of(history, transfers=changed(books.transfers, settling, yen=more))


def test_a_payment_told_with_two_amounts_is_named(played):
    history = read_history(played[1])
    other = [msgspec.structs.replace(one, yen=one.yen + 1) for one in history.told if one.what == "paid"][:1]
    more = msgspec.structs.replace(history, told=(*history.told, *other))
    assert "books.told" in {one.rule for one in check(more).violations}


def test_every_rule_of_the_books_is_broken_by_a_history_here():
    known = {
        rule
        for path in Path(check.__code__.co_filename).parent.glob("*.py")
        for rule in re.findall(r'"(books\.[a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert known == set(re.findall(r'"(books\.[a-z_]+)"', Path(__file__).read_text(encoding="utf-8")))


def test_payments_that_the_record_of_posting_does_not_count_are_named(played):
    history = read_history(played[1])
    posted = [one for one in history.audit if '"payments.post"' in one.body]
    less = msgspec.structs.replace(history, audit=tuple(one for one in history.audit if one != posted[0]))
    assert {"books.record", "record.gap"} <= {one.rule for one in check(less).violations}


def test_a_refund_the_bank_was_told_to_pay_twice_is_named(played):
    history = read_history(played[1])
    again = [msgspec.structs.replace(one, at=10**6) for one in history.told if one.what == "refund_paid"][:1]
    assert again, "the seed pays a refund"
    more = msgspec.structs.replace(history, told=(*history.told, *again))
    assert "books.refund" in {one.rule for one in check(more).violations}


# A bug in the product, and its shortest history ---------------------------------------------------------------------


def test_twin_a_row_that_is_lost_between_file_and_books_is_found(postgres, monkeypatch, tmp_path):
    """Of each group of more than one the first row is dropped; the command names the seed and ends with 1."""
    real = post_batch._rows_to_post
    monkeypatch.setattr(post_batch, "_rows_to_post", lambda *words: real(*words)[1:] or real(*words))
    told = simulate(postgres, "--no-shorten", "--keep", str(tmp_path))
    assert told.exit_code == 1
    assert "seed 4" in told.stdout
    assert "books.lost" in told.stderr


def test_a_plan_that_went_wrong_is_made_shorter_until_only_what_breaks_it_is_left():
    plan = draw_ledger_plan(8, 40)
    needed = {plan.notices[11], plan.files[2]}
    shortest = shorten(plan, lambda one: needed <= set(one.parts()), runs_max=400)
    assert set(shortest.parts()) == needed


# The plan ------------------------------------------------------------------------------------------------------------


def test_every_story_way_and_fault_of_the_ledger_is_drawn_within_a_few_seeds():
    """Else a change of the plan could quietly leave one out."""
    plans = [draw_ledger_plan(seed, 200) for seed in range(1, 6)]
    assert {notice.story for plan in plans for notice in plan.notices} >= STORIES
    assert {one.way for plan in plans for notice in plan.notices for one in notice.payments} == set(Way)
    assert {fault.strike for plan in plans for fault in plan.faults} == set(FaultStrike)
    beside = {one.what for plan in plans for one in plan.disturbances}
    assert beside == {"post", "pay", "kill", "clock"}
    assert any(one.twice for plan in plans for one in plan.files)
    assert any(one.sent_back for plan in plans for one in plan.files)
    for plan in plans:
        assert plan.payments >= 200
        for notice in plan.notices:
            days = [one.on for one in notice.payments if one.event == "pay" and not one.wrong]
            assert len(set(days)) == len(days), "the model knows no order within a day"


def test_a_part_left_out_of_a_ledgers_plan_changes_no_other():
    plan = draw_ledger_plan(7, 60)
    shorter = plan.without(frozenset(plan.notices[:30]))
    assert (shorter.notices, shorter.files, shorter.faults) == (plan.notices[30:], plan.files, plan.faults)
    assert len(LedgerPlan.lines(shorter)) == shorter.size()
