"""What counts as printed, and what is paid back."""

from __future__ import annotations

import pytest

from kofu.kiosk.domain.printing import Ended, Job, PrintFailure, fee_kept

JOB = Job(pages_per_copy=(2, 2, 4), fee_per_copy=300)


def test_a_job_counts_its_pages_and_sheets() -> None:
    assert (JOB.pages, JOB.sheets) == (8, 4)
    assert Job((1, 3), 300).sheets == 3


@pytest.mark.parametrize(("pages", "copies"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3)])
def test_a_copy_counts_when_all_its_pages_are_out(pages, copies) -> None:
    assert JOB.copies_within(pages) == copies


@pytest.mark.parametrize(
    ("ended", "kept"),
    [
        (Ended(3), 900),
        (Ended(0, PrintFailure.JAM), 0),
        (Ended(2, PrintFailure.OUT_OF_PAPER), 600),
        (Ended(1, PrintFailure.POWER_CUT), 900),  # nobody knows: not paid back before somebody has looked
    ],
)
def test_the_fee_stays_for_whole_copies_and_waits_where_nobody_knows(ended, kept) -> None:
    assert fee_kept(JOB, ended) == kept
