"""① What a line of an assessment file posts, or why it cannot be posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kofu.ledger.assessments.domain.assessments import (
    AssessmentLine,
    AssessmentPlan,
    AssessmentProblem,
    Change,
    Growth,
    InstallmentStated,
    RecordedNotice,
    StandingPart,
    plan,
    taken_back,
)
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.books.domain.interest import DuePart

DUE = {"1": date(2026, 6, 30), "2": date(2026, 8, 31), "3": date(2026, 11, 2), "4": date(2027, 2, 1)}
NOTICE = Notice(
    municipality_code="139998",
    notice_number="20260000001",
    addressee_number="1",
    tax=Tax.RESIDENT,
    fiscal_year=2026,
    origin_year=2026,
    collection_method="ordinary",
    statutory_due_date=DUE["1"],
)


def line(change: Change, **amounts: int) -> AssessmentLine:
    parts = tuple(InstallmentStated(name[1:], DUE[name[1:]], amount) for name, amount in amounts.items())
    return AssessmentLine(
        line=2,
        change=change,
        notice=NOTICE,
        parts=parts,
        total=sum(amounts.values()),
        effective_on=date(2026, 6, 1),
    )


STANDING = RecordedNotice(NOTICE, {"1": StandingPart(11, 10_000, DUE["1"]), "2": StandingPart(12, 9_000, DUE["2"])})


def test_a_new_notice_opens_every_installment() -> None:
    decided = plan(line(Change.NEW, _1=10_000, _2=9_000), None)
    assert isinstance(decided, AssessmentPlan)
    assert [part.installment for part in decided.opens] == ["1", "2"]
    assert (decided.grows, decided.shrinks) == ((), ())


def test_a_reduction_takes_from_the_installments_that_shrank() -> None:
    decided = plan(line(Change.REDUCE, _1=10_000, _2=4_000), STANDING)
    assert isinstance(decided, AssessmentPlan)
    assert (decided.opens, decided.grows, decided.shrinks) == ((), (), ((12, 5_000),))


def test_an_increase_can_open_an_installment() -> None:
    decided = plan(line(Change.INCREASE, _1=10_000, _2=9_000, _3=1_000), STANDING)
    assert isinstance(decided, AssessmentPlan)
    assert [part.amount for part in decided.opens] == [1_000]


def test_a_cancellation_takes_everything() -> None:
    decided = plan(line(Change.CANCEL), STANDING)
    assert isinstance(decided, AssessmentPlan)
    assert decided.shrinks == ((11, 10_000), (12, 9_000))


@pytest.mark.parametrize("change", [Change.NEW, Change.INCREASE, Change.REDUCE])
def test_a_line_read_again_posts_nothing(change: Change) -> None:
    decided = plan(line(change, _1=10_000, _2=9_000), STANDING)
    assert isinstance(decided, AssessmentPlan)
    assert not decided.moves


@pytest.mark.parametrize(
    ("stated", "standing", "code"),
    [
        (line(Change.REDUCE, _1=1), None, "notice_unknown"),
        (line(Change.NEW, _1=1), STANDING, "notice_known"),
        (line(Change.INCREASE, _1=1), STANDING, "increase_is_less"),
        (line(Change.REDUCE, _1=90_000), STANDING, "reduction_is_more"),
        (line(Change.CANCEL, _1=1), STANDING, "cancel_leaves_amount"),
        (replace(line(Change.NEW, _1=1), total=2), None, "total_differs"),
        (line(Change.NEW), None, "no_installments"),
        (replace(line(Change.NEW, _1=-1), total=-1), None, "amount_negative"),
        (
            replace(
                line(Change.NEW, _1=1), parts=(InstallmentStated("1", DUE["1"], 1), InstallmentStated("1", DUE["1"], 0))
            ),
            None,
            "installment_twice",
        ),
        (replace(line(Change.REDUCE, _1=1), notice=replace(NOTICE, addressee_number="2")), STANDING, "notice_differs"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_posted_says_why(stated: AssessmentLine, standing: RecordedNotice | None, code: str) -> None:
    decided = plan(stated, standing)
    assert isinstance(decided, AssessmentProblem)
    assert decided.code == code
    assert decided.line == 2


HUNDREDS = st.integers(0, 500).map(lambda hundreds: hundreds * 100)


@given(before=st.dictionaries(st.sampled_from("1234"), HUNDREDS, min_size=1), after=st.data())
def test_what_is_posted_makes_the_ledger_say_what_the_line_says(before: dict[str, int], after) -> None:
    amounts = after.draw(st.dictionaries(st.sampled_from("1234"), HUNDREDS, min_size=1))
    standing = RecordedNotice(
        NOTICE, {name: StandingPart(int(name), amount, DUE[name]) for name, amount in before.items()}
    )
    change = Change.INCREASE if sum(amounts.values()) >= standing.total else Change.REDUCE
    decided = plan(line(change, **{f"_{name}": amount for name, amount in amounts.items()}), standing)
    assert isinstance(decided, AssessmentPlan)
    held = dict(before)
    for growth in decided.grows:
        held[str(growth.claim_id)] += growth.amount
    for claim_id, amount in decided.shrinks:
        held[str(claim_id)] -= amount
    for part in decided.opens:
        held[part.installment] = part.amount
    assert {name: amount for name, amount in held.items() if amount} == {
        name: amount for name, amount in amounts.items() if amount
    }


def test_an_increase_of_an_installment_that_was_due_has_the_due_date_the_line_states() -> None:
    """法326条1項: 延滞金 on what was assessed later runs from its own 納期限."""
    more = replace(
        line(Change.INCREASE, _1=210_000, _2=9_000),
        parts=(InstallmentStated("1", date(2026, 11, 2), 210_000), InstallmentStated("2", DUE["2"], 9_000)),
        effective_on=date(2026, 10, 15),
    )
    decided = plan(more, STANDING)
    assert isinstance(decided, AssessmentPlan)
    assert decided.grows == (Growth(11, 200_000, date(2026, 11, 2)),)


def test_an_increase_after_the_due_date_without_a_day_of_its_own_is_held() -> None:
    late = replace(line(Change.INCREASE, _1=210_000, _2=9_000), effective_on=date(2026, 10, 15))
    decided = plan(late, STANDING)
    assert isinstance(decided, AssessmentProblem)
    assert decided.code == "increase_needs_day"


def test_an_increase_before_the_due_date_is_due_with_its_installment() -> None:
    decided = plan(line(Change.INCREASE, _1=12_000, _2=9_000), STANDING)
    assert isinstance(decided, AssessmentPlan)
    assert decided.grows == (Growth(11, 2_000),)


def test_a_day_that_is_no_business_day_is_read_as_the_next_one() -> None:
    """法20条の5第2項, 令6条の18: 2026-10-31 is a Saturday, 11-01 a Sunday, 2027-01-30 a Saturday; 12/29–1/3 rest."""
    stated = {"3": date(2026, 10, 31), "4": date(2027, 1, 30), "5": date(2026, 12, 29)}
    new = replace(
        line(Change.NEW, _1=3_000),
        parts=tuple(InstallmentStated(name, day, 1_000) for name, day in stated.items()),
    )
    decided = plan(new, None)
    assert isinstance(decided, AssessmentPlan)
    assert [part.due_date for part in decided.opens] == [date(2026, 11, 2), date(2027, 2, 1), date(2027, 1, 4)]


@pytest.mark.parametrize("day", [date(2019, 6, 30), date(2031, 6, 30), date(2026, 3, 31), date(2027, 7, 1)])
def test_a_new_notice_due_outside_its_year_is_held(day: date) -> None:
    decided = plan(replace(line(Change.NEW, _1=3_000), parts=(InstallmentStated("1", day, 3_000),)), None)
    assert isinstance(decided, AssessmentProblem)
    assert decided.code == "due_date_outside_year"


def test_an_amount_with_yen_below_100_is_held() -> None:
    """法20条の4の2第3項: 確定金額 below 100 yen are cut off: 12,345 yen cannot be."""
    decided = plan(line(Change.NEW, _1=12_345), None)
    assert isinstance(decided, AssessmentProblem)
    assert (decided.code, decided.field) == ("amount_below_100", "期別調定額")


@pytest.mark.parametrize(("changes", "code"), [
    ({"fiscal_year": 2031, "origin_year": 2031}, "decided_outside_year"),
    ({"origin_year": 2018}, "origin_year"), ({"origin_year": 2027}, "origin_year"),
])  # fmt: skip
def test_a_year_that_cannot_be_is_held(changes: dict[str, int], code: str) -> None:
    """法17条の5: no assessment reaches further back than seven years."""
    new = replace(line(Change.NEW, _1=3_000), notice=replace(NOTICE, **changes))
    decided = plan(new, None)
    assert isinstance(decided, AssessmentProblem)
    assert decided.code == code


def test_a_reduction_takes_the_latest_increase_back_first() -> None:
    increases = [DuePart(date(2026, 11, 2), 5_000), DuePart(date(2027, 2, 1), 3_000)]
    assert taken_back(increases, 4_000) == (DuePart(date(2027, 2, 1), 3_000), DuePart(date(2026, 11, 2), 1_000))
    assert taken_back(increases, 9_000) == (DuePart(date(2027, 2, 1), 3_000), DuePart(date(2026, 11, 2), 5_000))
