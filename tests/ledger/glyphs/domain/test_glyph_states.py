"""The states of a registered glyph: what can be decided when, and what needs another person."""

from __future__ import annotations

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.glyphs.domain.states import DRAWN, GLYPH_LIFE, OF_A_SECOND_PERSON, GlyphEvent, state_after


def test_what_changes_the_drawing_of_papers_is_a_second_persons() -> None:
    changing = {event for (state, event), then in GLYPH_LIFE.table.items() if (state in DRAWN) is not (then in DRAWN)}
    assert changing == OF_A_SECOND_PERSON


def test_an_order_of_events_that_cannot_be_is_no_state() -> None:
    with pytest.raises(OperatorFault, match="cannot happen"):
        state_after([GlyphEvent.WITHDRAW])
