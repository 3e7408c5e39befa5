"""① What a line of an assessment file posts, or why it cannot be posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kofu.ledger.domain.assessments import AssessmentLine, Change, Part, Plan, Problem, Standing, plan
from kofu.ledger.domain.claims import Notice, Tax

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
    parts = tuple(Part(name[1:], DUE[name[1:]], amount) for name, amount in amounts.items())
    return AssessmentLine(
        line=2,
        change=change,
        notice=NOTICE,
        parts=parts,
        total=sum(amounts.values()),
        effective_on=date(2026, 6, 1),
    )


STANDING = Standing(NOTICE, {"1": (11, 10_000), "2": (12, 9_000)})


def test_a_new_notice_opens_every_installment() -> None:
    decided = plan(line(Change.NEW, _1=10_000, _2=9_000), None)
    assert isinstance(decided, Plan)
    assert [part.installment for part in decided.opens] == ["1", "2"]
    assert (decided.grows, decided.shrinks) == ((), ())


def test_a_reduction_takes_from_the_installments_that_shrank() -> None:
    decided = plan(line(Change.REDUCE, _1=10_000, _2=4_000), STANDING)
    assert isinstance(decided, Plan)
    assert (decided.opens, decided.grows, decided.shrinks) == ((), (), ((12, 5_000),))


def test_an_increase_can_open_an_installment() -> None:
    decided = plan(line(Change.INCREASE, _1=10_000, _2=9_000, _3=1_000), STANDING)
    assert isinstance(decided, Plan)
    assert [part.amount for part in decided.opens] == [1_000]


def test_a_cancellation_takes_everything() -> None:
    decided = plan(line(Change.CANCEL), STANDING)
    assert isinstance(decided, Plan)
    assert decided.shrinks == ((11, 10_000), (12, 9_000))


@pytest.mark.parametrize("change", [Change.NEW, Change.INCREASE, Change.REDUCE])
def test_a_line_read_again_posts_nothing(change: Change) -> None:
    decided = plan(line(change, _1=10_000, _2=9_000), STANDING)
    assert isinstance(decided, Plan)
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
            replace(line(Change.NEW, _1=1), parts=(Part("1", DUE["1"], 1), Part("1", DUE["1"], 0))),
            None,
            "installment_twice",
        ),
        (replace(line(Change.REDUCE, _1=1), notice=replace(NOTICE, addressee_number="2")), STANDING, "notice_differs"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_posted_says_why(stated: AssessmentLine, standing: Standing | None, code: str) -> None:
    decided = plan(stated, standing)
    assert isinstance(decided, Problem)
    assert decided.code == code
    assert decided.line == 2


@given(before=st.dictionaries(st.sampled_from("1234"), st.integers(0, 50_000), min_size=1), after=st.data())
def test_what_is_posted_makes_the_ledger_say_what_the_line_says(before: dict[str, int], after) -> None:
    amounts = after.draw(st.dictionaries(st.sampled_from("1234"), st.integers(0, 50_000), min_size=1))
    standing = Standing(NOTICE, {name: (int(name), amount) for name, amount in before.items()})
    change = Change.INCREASE if sum(amounts.values()) >= standing.total else Change.REDUCE
    decided = plan(line(change, **{f"_{name}": amount for name, amount in amounts.items()}), standing)
    assert isinstance(decided, Plan)
    held = dict(before)
    for claim_id, amount in decided.grows:
        held[str(claim_id)] += amount
    for claim_id, amount in decided.shrinks:
        held[str(claim_id)] -= amount
    for part in decided.opens:
        held[part.installment] = part.amount
    assert {name: amount for name, amount in held.items() if amount} == {
        name: amount for name, amount in amounts.items() if amount
    }
