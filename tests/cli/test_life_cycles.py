"""Every life cycle of every system: each state and event has an answer, and the docs show the tables as they are."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from kofu.cli.across_systems.life_cycles import EMBEDDED, LIFE_CYCLES, AnyLifeCycle, life_cycles_page, with_diagram
from kofu.core.errors import InvariantBroken
from kofu.core.life_cycle import LifeCycle
from kofu.kiosk.domain.screens import VISIT_LIFE, Screen
from kofu.ledger.overpayments.domain.refunds import REFUND_LIFE, RefundState

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
ALL = [cycle for cycles in LIFE_CYCLES.values() for cycle in cycles]
of_every_life_cycle = pytest.mark.parametrize("cycle", ALL, ids=lambda cycle: cycle.reason)
#: The kiosk puts this screen in the place of every end while a card lies on the reader (`kiosk.domain.screens.after`).
BESIDE_THE_TABLE = {(VISIT_LIFE.title, Screen.LEFT_CARD)}


def reached(cycle: AnyLifeCycle) -> set[object]:
    found = set(cycle.begins) | {state for title, state in BESIDE_THE_TABLE if title == cycle.title}
    while more := {after for before, after in cycle.arrows() if before in found} - found:
        found |= more
    return found


def lead_to_an_end(cycle: AnyLifeCycle) -> set[object]:
    found = set(cycle.ends)
    while more := {before for before, after in cycle.arrows() if after in found} - found:
        found |= more
    return found


def without_a_way_on(cycle: AnyLifeCycle) -> set[object]:
    return set(cycle.states) - cycle.ends - {before for before, after in cycle.arrows() if after is not before}


@of_every_life_cycle
def test_every_state_and_event_has_a_result_or_is_refused_with_the_cycles_code(cycle) -> None:
    for state in cycle.states:
        for event in cycle.events:
            if (state, event) in cycle.table:
                assert cycle.after(state, event) in set(cycle.states)
                continue
            with pytest.raises(cycle.fault) as refused:
                cycle.after(state, event)
            assert refused.value.code == cycle.reason
            assert state.value in refused.value.message


@of_every_life_cycle
def test_every_state_is_reached_from_a_beginning(cycle) -> None:
    assert reached(cycle) == set(cycle.states)


@of_every_life_cycle
def test_every_state_but_an_end_has_a_way_on_and_comes_to_an_end(cycle) -> None:
    assert not without_a_way_on(cycle)
    assert lead_to_an_end(cycle) == set(cycle.states), "no state goes round in a ring without an end"


@of_every_life_cycle
def test_every_event_can_happen_somewhere(cycle) -> None:
    """An event nothing takes is a word nobody can mean. Where a thing begins by an event, it begins there."""
    begun = {"apply"} if cycle.reason == "counter_state" else set()
    assert {event.value for event in cycle.events if not cycle.states_that_take(event)} == begun


def test_twin_a_state_whose_ways_on_are_taken_away_is_found() -> None:
    """Without 再起案 and 取下げ a case that was sent back stands for ever."""
    table = {at: after for at, after in REFUND_LIFE.table.items() if at[0] is not RefundState.SENT_BACK}
    cut = replace(REFUND_LIFE, table=table)
    assert without_a_way_on(cut) == {RefundState.SENT_BACK}
    assert RefundState.SENT_BACK not in lead_to_an_end(cut)


def test_twin_a_state_nothing_leads_to_is_found() -> None:
    table = {at: after for at, after in REFUND_LIFE.table.items() if after is not RefundState.REVOKED}
    assert set(RefundState) - reached(replace(REFUND_LIFE, table=table)) == {RefundState.REVOKED}


def test_no_two_life_cycles_share_a_title() -> None:
    assert len({cycle.title for cycle in ALL}) == len(ALL)


def test_every_life_cycle_in_the_code_is_in_the_list_and_so_in_the_docs() -> None:
    made = set()
    for path in sorted(SOURCE.rglob("*.py")):
        if re.search(r"^\w+ = LifeCycle\(", path.read_text(encoding="utf-8"), re.MULTILINE):
            module = importlib.import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts))
            made |= {id(one) for one in vars(module).values() if isinstance(one, LifeCycle)}
    assert made == {id(one) for one in ALL}


def test_no_table_of_states_stands_beside_the_one_kind() -> None:
    """A dict from (state, event) is a life cycle that nobody walks and nobody draws."""
    beside = re.compile(r"^\w+: (?:dict|Mapping)\[tuple\[\w*(?:State|Outcome|Screen), ", re.MULTILINE)
    parts = {
        "kofu/kiosk/domain/screens.py",  # the ways that are written one by one; VISIT_LIFE holds all
        "kofu/ledger/payments/domain/convenience.py",  # what is booked with each step; CONVENIENCE_LIFE is made of it
    }
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if beside.search(path.read_text(encoding="utf-8"))
    }
    assert found == parts


def test_the_page_in_the_docs_is_the_one_the_tables_draw() -> None:
    page = (ROOT / "docs" / "why" / "life-cycles.md").read_text(encoding="utf-8")
    assert page == life_cycles_page(), "run `make docs`"


@pytest.mark.parametrize("name", EMBEDDED)
def test_a_page_that_tells_of_one_life_cycle_shows_its_diagram(name: str) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert page == with_diagram(page, EMBEDDED[name]), "run `make docs`"


def test_a_page_without_a_diagram_is_no_place_for_one() -> None:
    with pytest.raises(InvariantBroken):
        with_diagram("# Nothing drawn here\n", REFUND_LIFE)
