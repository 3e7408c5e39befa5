"""外字の登録: with evidence and by two people, kept by digest, never changed; the set papers are drawn with follows."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import psycopg
import pytest
from tests.certificates.drawings import CROSSED, PLANE_16, PRIVATE, TSUJI, WITH_A_DOT, set_of
from tests.ledger.glyphs.named_people import (
    CHIEF,
    CLERK,
    PEOPLE,
    PLAIN,
    PRIVATES,
    TSUJIS,
    WARD,
    connection,
    decide,
    put_in,
)

from kofu.core.errors import OperatorFault
from kofu.ledger.glyphs.domain.states import GlyphEvent as E
from kofu.ledger.glyphs.domain.states import GlyphState
from kofu.ledger.glyphs.glyphs import (
    current_set,
    font_with,
    registration_of,
)
from kofu.press.glyph_font import clusters_of

pytestmark = pytest.mark.storage
__all__ = ["connection"]  # a fixture

THIRD = replace(CLERK, actor="third")


def refused(caught: pytest.ExceptionInfo[OperatorFault]) -> str:
    return caught.value.code


def test_papers_are_drawn_with_it_when_another_person_approved_it_and_not_before(connection) -> None:
    registration = put_in(connection, TSUJI, WITH_A_DOT, TSUJIS)
    assert current_set(connection, WARD).font is None
    with pytest.raises(OperatorFault) as own:
        decide(connection, registration, E.APPROVE, CLERK)
    assert refused(own) == "second_person_needed"
    assert current_set(connection, WARD).version == 0
    looked_at = font_with(connection, WARD, registration_of(connection, WARD, registration))
    made = decide(connection, registration, E.APPROVE)
    assert made == current_set(connection, WARD)
    assert made.version == 1
    assert made.font == looked_at == set_of((TSUJI, WITH_A_DOT))


def test_withdrawing_is_two_peoples_act_too_and_leaves_the_place_empty(connection) -> None:
    first, second = put_in(connection, TSUJI, WITH_A_DOT, TSUJIS), put_in(connection, PRIVATE, CROSSED, PRIVATES)
    decide(connection, first, E.APPROVE)
    decide(connection, second, E.APPROVE)
    assert decide(connection, first, E.PROPOSE_END, CHIEF, "戸籍の訂正") is None
    assert clusters_of(current_set(connection, WARD).font) == {TSUJI, PRIVATE}
    with pytest.raises(OperatorFault) as own:
        decide(connection, first, E.WITHDRAW, CHIEF)
    assert refused(own) == "second_person_needed"
    made = decide(connection, first, E.WITHDRAW, THIRD)
    assert made.version == 3
    assert made.font == set_of((TSUJI, None), (PRIVATE, CROSSED))
    assert registration_of(connection, WARD, first).state is GlyphState.WITHDRAWN
    again = put_in(connection, TSUJI, CROSSED, TSUJIS)
    assert decide(connection, again, E.APPROVE).font == set_of((TSUJI, None), (PRIVATE, CROSSED), (TSUJI, CROSSED))


def test_an_end_that_is_not_agreed_to_leaves_it_in_force(connection) -> None:
    registration = put_in(connection, TSUJI, WITH_A_DOT, TSUJIS)
    decide(connection, registration, E.APPROVE)
    decide(connection, registration, E.PROPOSE_END)
    assert decide(connection, registration, E.KEEP, CLERK) is None
    assert registration_of(connection, WARD, registration).state is GlyphState.IN_FORCE
    assert current_set(connection, WARD).version == 1


def test_declined_it_can_be_put_in_again_better_drawn(connection) -> None:
    registration = put_in(connection, TSUJI, CROSSED, TSUJIS)
    decide(connection, registration, E.DECLINE, reason="点の位置が戸籍と違う" * 36)  # as long as the form takes
    better = put_in(connection, TSUJI, WITH_A_DOT, TSUJIS)
    assert decide(connection, better, E.APPROVE).font == set_of((TSUJI, WITH_A_DOT))
    with pytest.raises(OperatorFault) as twice:
        decide(connection, registration, E.APPROVE)
    assert refused(twice) == "glyph_state"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"evidence": " "}, "evidence_needed"),
        ({"document_number": ""}, "evidence_needed"),
        ({"document_sha256": "abc"}, "bad_digest"),
        ({"persons": ()}, "persons_needed"),
        ({"persons": ("000000000000099",)}, "person_unknown"),
        ({"persons": (PLAIN,)}, "not_in_their_name"),
        ({"persons": (TSUJIS, PRIVATES)}, "not_in_their_name"),
        ({"code_points": "辻"}, "bad_code_points"),
        ({"code_points": "U+D800"}, "bad_code_points"),
        ({"code_points": "U+110000"}, "bad_code_points"),
        ({"code_points": "U+8FBB"}, "drawn_already"),
        ({"code_points": "U+3013"}, "not_registrable"),
        ({"code_points": "U+8FBB U+8FBB"}, "not_registrable"),
        ({"svg": b"<svg/>"}, "bad_outline"),
    ],
)
def test_what_shows_no_form_of_no_name_is_not_put_in(connection, changes, code) -> None:
    changes = dict(changes)
    with pytest.raises(OperatorFault) as caught:
        put_in(connection, TSUJI, changes.pop("svg", WITH_A_DOT), *changes.pop("persons", [TSUJIS]), **changes)
    assert refused(caught) == code
    assert connection.execute("SELECT count(*) FROM glyph_registration").fetchone() == (0,)


def test_a_character_has_one_drawing_at_a_time(connection) -> None:
    registration = put_in(connection, TSUJI, WITH_A_DOT, TSUJIS)
    for _ in ("while it waits", "while it holds"):
        with pytest.raises(OperatorFault) as twice:
            put_in(connection, TSUJI, CROSSED, TSUJIS, acting=THIRD)
        assert refused(twice) == "registered_already"
        if registration_of(connection, WARD, registration).state is GlyphState.PROPOSED:
            decide(connection, registration, E.APPROVE)


def test_who_declines_or_ends_says_why(connection) -> None:
    registration = put_in(connection, TSUJI, WITH_A_DOT, TSUJIS)
    with pytest.raises(OperatorFault) as caught:
        decide(connection, registration, E.DECLINE, reason=" ")
    assert refused(caught) == "reason_needed"


def test_what_was_put_in_and_decided_is_never_changed(connection) -> None:
    decide(connection, put_in(connection, TSUJI, WITH_A_DOT, TSUJIS), E.APPROVE)
    for table in ("glyph_registration", "glyph_person", "glyph_event", "glyph_set"):
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_an_unknown_registration_is_not_decided(connection) -> None:
    with pytest.raises(OperatorFault) as caught:
        decide(connection, UUID(int=1), E.APPROVE)
    assert refused(caught) == "glyph_unknown"


def test_every_step_is_on_record_without_the_name(connection) -> None:
    decide(connection, put_in(connection, PRIVATE, CROSSED, PRIVATES), E.APPROVE)
    rows = connection.execute("SELECT body FROM audit_entry ORDER BY sequence").fetchall()
    assert ["glyph.propose" in body for (body,) in rows] == [True, False]
    assert not any(PEOPLE[PRIVATES] in str(body) or PLANE_16 in str(body) for (body,) in rows)
