"""Figures beside yesterday's and last week's, each with the bound of its sort."""

from __future__ import annotations

from kofu.core.gates import USUAL_GATES
from kofu.judgement.change import FIGURES, HAPPENINGS, bound_of, figures_of, kind_of


def figure(name: str, after: int, before: int | None = None, week: int | None = None, among: int = 0):
    return next(
        figures_of(
            {name: after},
            None if before is None else {name: before},
            {} if week is None else {name: week},
            USUAL_GATES,
            among={name: among},
        )
    )


def test_every_figure_has_a_bound_and_its_japanese_word() -> None:
    for name, kind in FIGURES.items():
        assert bound_of(name, USUAL_GATES) is not None
        assert kind.japanese


def test_a_row_that_is_gone_is_beyond_any_bound_and_a_new_person_is_not() -> None:
    assert figure("gone", 1, 0, among=1_400_000).out_of_bounds
    assert not figure("residents_new", 200, 0, among=350_000).out_of_bounds
    assert figure("residents_new", 8_000, 0, among=350_000).out_of_bounds


def test_happenings_are_measured_against_all_rows_and_not_against_yesterdays_happenings() -> None:
    """On a Sunday nobody moves in: Monday's arrivals are no jump."""
    assert not figure("residents_moved", 300, 0, week=280, among=350_000).out_of_bounds
    assert all((figure(name, 1, 1).of is not None) == (kind.sort in HAPPENINGS) for name, kind in FIGURES.items())


def test_a_counted_warning_is_a_figure_named_after_its_rule() -> None:
    assert kind_of("warning:working_student_above_limit").japanese == "注意：勤労学生の所得が限度を超える"
    assert figure("warning:x", 30, 10, among=200).out_of_bounds
    assert not figure("warning:x", 30, 10, among=1000).out_of_bounds
