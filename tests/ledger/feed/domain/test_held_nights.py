"""The life of held figures, their digest, and who a notice may come to belong to."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.ledger.feed.domain.held_nights import HELD_NIGHT_LIFE, HeldEvent, HeldState, digest_of, unexplained

DAY = date(2026, 11, 20)
FIGURES = [("assessments", 100, 90, None), ("annual_tax", 5, 5, 4)]


def test_held_figures_go_only_where_the_table_says() -> None:
    assert HELD_NIGHT_LIFE.table == {
        (HeldState.HELD, HeldEvent.RELEASE): HeldState.RELEASED,
        (HeldState.HELD, HeldEvent.SEND_BACK): HeldState.SENT_BACK,
        (HeldState.RELEASED, HeldEvent.SEND_BACK): HeldState.SENT_BACK,
        (HeldState.RELEASED, HeldEvent.WRITE): HeldState.WRITTEN,
    }


def test_the_digest_stands_for_figures_in_whatever_order_they_were_counted() -> None:
    assert digest_of("139998", DAY, 7, FIGURES) == digest_of("139998", DAY, 7, FIGURES[::-1])


@pytest.mark.parametrize("other", [
    ("139997", DAY, 7, FIGURES),
    ("139998", date(2026, 11, 21), 7, FIGURES),
    ("139998", DAY, 8, FIGURES),
    ("139998", DAY, 7, [("assessments", 101, 90, None), FIGURES[1]]),
    ("139998", DAY, 7, [("assessments", 100, 91, None), FIGURES[1]]),
    ("139998", DAY, 7, [("assessments", 100, 90, 90), FIGURES[1]]),
    ("139998", DAY, 7, FIGURES[:1]),
])  # fmt: skip
def test_another_ward_day_generation_or_figure_has_another_digest(other) -> None:
    assert digest_of(*other) != digest_of("139998", DAY, 7, FIGURES)


def test_a_notice_may_change_its_person_only_between_numbers_a_merge_on_record_joined() -> None:
    """Also through a third number, and back again where the merge was undone: its record stands."""
    merges = [("1", "2"), ("2", "3"), ("3", "1")]
    assert unexplained([("1", "2"), ("1", "3"), ("3", "1")], merges) == 0
    assert unexplained([("1", "4"), ("5", "6")], merges) == 2
    assert unexplained([("1", "2")], []) == 1
