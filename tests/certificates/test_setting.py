"""A text in its box: one line, a smaller type, more lines; never cut. What typst makes of them is in test_formes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from kofu.certificates.setting import POINTS_PER_MM, TextBox, place_of, set_into

BOX = TextBox("every", x=10, y=20, w=82.4, h=12, size=10, smallest=6, align="right", tracking_em=0)
TOP = 277 * POINTS_PER_MM


class AnEmEach:
    """A font in which every character is an em wide."""

    single: Mapping[str, float] = dict.fromkeys("見本A", 1.0)

    def of(self, cluster: str) -> float:
        return float(bool(cluster))


def lines(text: str, box: TextBox = BOX) -> list[tuple[str, float]] | None:
    """Each line and its size."""
    found = set_into(text, place_of("name", 0, box, 297), AnEmEach())
    return None if found is None else [("".join(one.clusters), one.size) for one in found]


def test_what_fits_stands_at_the_edge_of_its_field() -> None:
    (only,) = set_into("見本", place_of("name", 0, BOX, 297), AnEmEach())
    assert only.x + 2 * 10 == pytest.approx((10 + 82.4 - 1.2) * POINTS_PER_MM)
    assert only.baseline == pytest.approx(TOP - 6 * POINTS_PER_MM + 5 - 8.8)


def test_what_does_not_fit_is_broken_before_it_is_made_smaller() -> None:
    """Two lines of ten points fit into twelve millimetres."""
    assert lines("見" * 30) == [("見" * 22, 10), ("見" * 8, 10)]


def test_a_box_of_one_line_makes_it_smaller_by_quarter_points() -> None:
    low = TextBox("every", x=10, y=20, w=82.4, h=5, size=10, smallest=6, align="left", tracking_em=0)
    assert lines("見" * 24, low) == [("見" * 24, 9.25)]


def test_nothing_is_ever_cut() -> None:
    assert lines("見" * 200) is None


def test_what_is_never_parted_and_too_wide_makes_the_type_smaller() -> None:
    assert lines("A" * 30) == [("A" * 30, 7.5)]
