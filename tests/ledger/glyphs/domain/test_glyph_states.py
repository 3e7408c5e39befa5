"""The states of a registered glyph: what can be decided when, and what needs another person."""

from __future__ import annotations

import pytest

from kofu.ledger.glyphs.domain.states import DRAWN, OF_A_SECOND_PERSON, TABLE, GlyphEvent, GlyphState, state_after


def test_every_state_is_reached_and_only_ends_have_no_way_on() -> None:
    assert {GlyphState.PROPOSED, *TABLE.values()} == set(GlyphState)
    assert set(GlyphState) - {state for state, _ in TABLE} == {GlyphState.DECLINED, GlyphState.WITHDRAWN}


def test_what_changes_the_drawing_of_papers_is_a_second_persons() -> None:
    changing = {event for (state, event), then in TABLE.items() if (state in DRAWN) is not (then in DRAWN)}
    assert changing == OF_A_SECOND_PERSON


def test_an_order_of_events_that_cannot_be_is_no_state() -> None:
    with pytest.raises(KeyError):
        state_after([GlyphEvent.WITHDRAW])
