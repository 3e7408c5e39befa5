"""Whom a mismatch is about: a row of the table each, and what no row names."""

from __future__ import annotations

import pytest

from kofu.certificates.last_look.judgement import TABLE, MismatchCause, Written, judge, written_by
from kofu.certificates.last_look.mismatch import MismatchKind, PaperDifference

ABOUT_THE_PERSON = {
    MismatchKind.NOT_IN_FONT,
    MismatchKind.TEXT_MISPLACED,
    MismatchKind.TEXT_LAYER,
    MismatchKind.SECOND_WITNESS,
}


@pytest.mark.parametrize(("fault", "written"), TABLE, ids=lambda one: one.value)
def test_a_row_of_the_table(fault, written):
    field = {Written.PERSON: "name", Written.PROGRAM: "annual_tax"}[written]
    assert judge([PaperDifference(1, field, fault)]) is TABLE[fault, written]


@pytest.mark.parametrize("fault", sorted(ABOUT_THE_PERSON))
@pytest.mark.parametrize("field", ["name", "address", "plate", "row_3_plate"])
def test_right_outlines_whose_setting_cannot_be_followed_are_one_persons_text(field, fault):
    assert judge([PaperDifference(1, field, fault)]) is MismatchCause.PERSON


@pytest.mark.parametrize("fault", sorted(set(MismatchKind) - ABOUT_THE_PERSON))
def test_another_outline_page_seal_or_drawing_is_the_machine_even_in_a_name(fault):
    assert judge([PaperDifference(1, "name", fault)]) is MismatchCause.MACHINE


@pytest.mark.parametrize("fault", sorted(MismatchKind))
@pytest.mark.parametrize("field", ["annual_tax", "certificate_number", "authority_name", "page_1", "seal", ""])
def test_nothing_in_what_the_program_writes_is_one_persons(field, fault):
    assert written_by(field) is Written.PROGRAM
    assert judge([PaperDifference(1, field, fault)]) is MismatchCause.MACHINE


def test_one_difference_of_the_machine_among_the_persons_is_the_machine():
    of_person = PaperDifference(1, "name", MismatchKind.TEXT_MISPLACED)
    assert judge([of_person, PaperDifference(1, "annual_tax", MismatchKind.TEXT_DIFFERS)]) is MismatchCause.MACHINE
    assert judge([of_person, PaperDifference(1, "address", MismatchKind.NOT_IN_FONT)]) is MismatchCause.PERSON


def test_a_mismatch_without_a_difference_is_the_machine():
    assert judge([]) is MismatchCause.MACHINE
