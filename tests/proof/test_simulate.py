"""The simulation repeats by its seed, finds nothing in the product as it is, and finds bugs planted in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.incidents.actors import planted
from tests.proof.fresh_seeds import fresh_seeds, when_asked_for
from tests.proof.planted import (
    HOLDS_OFF,
    MADE_UNSAID,
    applied_and_lost,
    facts_without_holds,
    number_given_twice,
    numbers_may_stand_twice,
    planted_make,
    serial_for_all,
    stale_facts,
)

from kofu.core.kinds import CertificateKind
from kofu.issuing.requests import issue, journal_store
from kofu.issuing.serving import runtime
from kofu.simulation import happenings
from kofu.simulation.house import open_house
from kofu.simulation.plan import FaultStrike, SimulationPlan, draw_plan
from kofu.simulation.run import Simulated, SimulationHouse, run
from kofu.simulation.shorten import plan_lines, shorten

pytestmark = [pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

#: Seeds and visits. Those of a long proof that went wrong come here; fresh ones are played besides (`fresh_seeds`).
CORPUS = ((1, 30), (2, 60), (3, 30), (4, 30), (7, 200))
FRESH_VISITS = 600


@pytest.fixture(scope="module")
def house(postgres):
    with open_house(postgres) as made:
        yield made


def play(house: SimulationHouse, plan: SimulationPlan, folder) -> Simulated:
    folder.mkdir()
    return run(plan, house, folder)


@pytest.mark.parametrize(("seed", "visits"), CORPUS)
def test_a_seed_of_the_corpus_is_sound(house, tmp_path, seed, visits):
    ran = play(house, draw_plan(seed, visits), tmp_path / "history")
    assert [violation.line() for violation in ran.checked.violations] == []
    assert {line.partition(":")[0] for line in ran.checked.undecided} == {"money", "books", "books.told"}
    assert ran.issued > 0


@when_asked_for
def test_fresh_seeds_are_sound(house, tmp_path):
    for seed in fresh_seeds():
        ran = play(house, draw_plan(seed, FRESH_VISITS), tmp_path / str(seed))
        assert [violation.line() for violation in ran.checked.violations] == [], f"seed {seed}, {FRESH_VISITS} visits"


def test_the_same_seed_is_the_same_history_to_the_last_byte(house, tmp_path):
    plan = draw_plan(5, 25)
    first, second = (play(house, plan, tmp_path / name) for name in ("one", "two"))
    assert (first.digest, first.log, first.steps) == (second.digest, second.log, second.steps)
    assert play(house, draw_plan(6, 25), tmp_path / "other").digest != first.digest


def test_a_part_left_out_of_a_plan_changes_no_other():
    plan = draw_plan(7, 40)
    shorter = plan.without(frozenset(plan.visits[:30]))
    assert shorter.visits == plan.visits[30:]
    assert (shorter.happenings, shorter.faults) == (plan.happenings, plan.faults)
    assert len(plan_lines(shorter)) == shorter.size()


def test_every_kind_of_fault_is_drawn_within_a_few_seeds():
    """Else a change of the plan could quietly leave one out."""
    plans = [draw_plan(seed, 60) for seed in range(1, 9)]
    assert {fault.strike for plan in plans for fault in plan.faults} == set(FaultStrike)
    happenings = {(one.what, one.clock) for plan in plans for one in plan.happenings}
    assert happenings >= {("clock", how) for how in ("back", "on", "stands")}
    assert happenings >= {(what, "") for what in ("hold", "stop", "feed", "sweep", "kill")}
    assert {plan.start for plan in plans} >= {"noon", "before midnight"}
    visits = [visit for plan in plans for visit in plan.visits]
    assert {visit.kind for visit in visits} == {kind.value for kind in CertificateKind}
    messages = [message for visit in visits for part in visit.asks for message in part]
    assert any(message.lost for message in messages)
    assert any(message.answer_lost for message in messages)
    assert any(len(part) == 2 for visit in visits for part in visit.asks)


# Bugs planted: what the simulation is for -------------------------------------------------------------------------


def rules_broken(house: SimulationHouse, folder, *, visits: int, people: int, seed: int = 1) -> frozenset[str]:
    return play(house, draw_plan(seed, visits, people), folder / "broken").rules


SMALL_WARD = {"visits": 60, "people": 16}


def test_twin_an_order_kept_in_a_variable_all_workers_share_is_found(house, tmp_path, monkeypatch):
    """The published cause of 2023: the last look holds, and the simulation does not take that for nothing."""
    monkeypatch.setattr(runtime, "make", planted_make())
    assert "service.case" in rules_broken(house, tmp_path, **SMALL_WARD)


def test_twin_another_persons_paper_is_found_where_the_last_look_cannot_know(house, tmp_path, monkeypatch):
    """P1: paper and journal agree about somebody who is not the owner of the card."""
    monkeypatch.setattr(issue, "read_facts", serial_for_all())
    assert {"paper.owner", "paper.said"} <= rules_broken(house, tmp_path, **SMALL_WARD, seed=2)


def test_twin_facts_kept_from_an_older_generation_are_found(house, tmp_path, monkeypatch):
    """足立区 2023, past every guard of the service: only who reads the paper beside the feeds can tell."""
    monkeypatch.setattr(issue, "read_facts", stale_facts())
    assert "paper.said" in rules_broken(house, tmp_path, visits=200, people=12)


def test_twin_holds_nobody_looks_at_are_found(house, tmp_path, monkeypatch):
    """新潟・さいたま・熊本 2023, P7: a paper leaves after the hold was acknowledged."""
    monkeypatch.setattr(issue, "read_facts", facts_without_holds())
    with planted(house.databases.template_owner_url(), "issuing_let_leave", *HOLDS_OFF):
        assert "hold.left" in rules_broken(house, tmp_path, **SMALL_WARD)


def test_twin_an_acknowledged_hold_that_is_lost_is_found(house, tmp_path, monkeypatch):
    monkeypatch.setattr(happenings, "apply_hold", applied_and_lost())
    assert "kept.hold" in rules_broken(house, tmp_path, **SMALL_WARD)


def test_twin_a_number_given_to_two_papers_is_found(house, tmp_path, monkeypatch):
    """P4, with the database's own key away."""
    monkeypatch.setattr(journal_store, "next_sequence", number_given_twice)
    with numbers_may_stand_twice(house.databases.template_owner_url()):
        assert "numbers.once" in rules_broken(house, tmp_path, **SMALL_WARD)


def test_twin_what_was_handed_out_and_is_refused_in_the_journal_is_found(house, tmp_path):
    """P11: the journal does not say that a paper was made, and the sweep ends its request as one that never was."""
    with planted(house.databases.template_owner_url(), "issuing_let_leave", *MADE_UNSAID):
        assert "outcome.handed_refused" in rules_broken(house, tmp_path, **SMALL_WARD)


def test_a_history_that_went_wrong_is_made_shorter_and_stays_wrong(house, tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "make", planted_make())
    plan = replace(draw_plan(1, 40), faults=())
    broken = play(house, plan, tmp_path / "long").rules
    folders = iter(range(100))
    shortest = shorten(
        plan, lambda one: bool(play(house, one, tmp_path / str(next(folders))).rules & broken), runs_max=6
    )
    assert shortest.size() < plan.size()
    assert play(house, shortest, tmp_path / "short").rules & broken
