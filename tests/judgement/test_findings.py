"""What follows from findings and figures."""

from __future__ import annotations

import polars as pl
import pytest

from kofu.judgement.findings import Bound, FeedVerdict, Figure, Finding, Severity, verdict_of
from kofu.judgement.rows import RowRule, broken_rows


def finding(severity: Severity) -> Finding:
    return Finding(rule="r", severity=severity, file="f.csv", line=2, column="c", sentence="s")


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [(1000, 1050, True), (1000, 950, True), (1000, 1051, False), (1000, 949, False), (20, 30, True), (20, 31, False)],
)
def test_a_figure_is_out_of_bounds_only_beyond_both_the_share_and_the_absolute_part(before, after, allowed) -> None:
    assert Bound(permille=50, absolute=10).allows(before, after) is allowed


def test_a_first_feed_has_nothing_to_be_compared_with() -> None:
    assert not Figure(name="people", after=5000, bound=Bound(permille=0, absolute=0)).out_of_bounds


def test_a_figure_that_fits_yesterday_is_still_held_against_the_week_before() -> None:
    """A loss spread over several nights passes each night's bound."""
    slow = Figure(name="people", after=900, before=940, week_before=1000, bound=Bound(permille=50, absolute=10))
    assert slow.out_of_bounds


def test_a_hard_finding_refuses_a_figure_out_of_bounds_holds_a_held_row_stops_nobody_else() -> None:
    moved = Figure(name="people", after=1, before=1000, bound=Bound(permille=50, absolute=10))
    assert verdict_of([finding(Severity.HARD)], [moved]) is FeedVerdict.REFUSE
    assert verdict_of([finding(Severity.WARNING)], [moved]) is FeedVerdict.HOLD
    assert verdict_of([], [], held=["stale"]) is FeedVerdict.HOLD
    assert verdict_of([finding(Severity.ROW_HELD)], []) is FeedVerdict.ACTIVATE


def test_a_finding_names_the_line_and_never_the_value() -> None:
    rule = RowRule(
        name="too_much",
        severity=Severity.HARD,
        column="annual_tax",
        sentence="more than can be",
        broken=pl.col("annual_tax").cast(pl.Int64) > 10,
    )
    frame = pl.DataFrame({"annual_tax": ["9", "4711", "8"], "line": [2, 3, 4]})
    ((broken, lines),) = broken_rows([rule], frame)
    found = Finding(
        rule=broken.name,
        severity=broken.severity,
        file="assessments.csv",
        line=lines[0],
        column=broken.column,
        sentence=broken.sentence,
    )
    assert len(lines) == 1
    assert str(found) == "assessments.csv:3 annual_tax: more than can be [too_much]"
    assert "4711" not in repr(found)
