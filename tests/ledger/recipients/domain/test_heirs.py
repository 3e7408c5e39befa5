"""相続人代表者: whose is what, to the yen; which 届出 the law takes; when the ward may designate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import OperatorFault
from kofu.ledger.recipients.domain.heirs import (
    HEIRS_LIFE,
    IN_FORCE,
    Basis,
    Heir,
    HeirsEvent,
    HeirsState,
    Representation,
    check_designation,
    check_heirs,
    refund_payees,
    split,
    suggested,
)

DIED, FILED = date(2026, 4, 2), date(2026, 6, 1)


def heir(name: str, share: str, *, relation: str = "子", signed: bool = True, address: str = "別の区") -> Heir:
    return Heir(
        name=name, postal_code="1600000", address=address, relation=relation, share=Fraction(share), signed=signed
    )


WIFE, SON, DAUGHTER = heir("妻", "1/2", relation="妻"), heir("長男", "1/4"), heir("長女", "1/4")
FAMILY = (SON, WIFE, DAUGHTER)


@st.composite
def shares(draw: st.DrawFn) -> tuple[Heir, ...]:
    """Heirs whose shares are one together, in any proportion."""
    weights = draw(st.lists(st.integers(1, 60), min_size=1, max_size=12))
    return tuple(heir(str(n), f"{weight}/{sum(weights)}") for n, weight in enumerate(weights))


@given(st.integers(0, 10**12), shares())
def test_the_parts_of_heirs_are_the_whole_and_within_a_yen_of_their_share(amount: int, heirs: tuple[Heir, ...]) -> None:
    """法9条2項: liability is divided by share; no yen is lost or made."""
    parts = split(amount, heirs)
    assert sum(part.amount for part in parts) == amount
    assert all(abs(part.amount - part.heir.share * amount) < 1 for part in parts)


def test_the_last_yen_goes_to_whom_most_was_cut_then_to_the_first_named() -> None:
    three = (heir("甲", "1/3"), heir("乙", "1/3"), heir("丙", "1/3"))
    assert [part.amount for part in split(100, three)] == [34, 33, 33]
    assert [part.amount for part in split(101, (heir("甲", "1/4"), heir("乙", "3/4")))] == [25, 76]


def test_a_refund_goes_by_share_or_as_the_heirs_agreed() -> None:
    assert [(part.heir.name, part.amount) for part in refund_payees(371_901, FAMILY)] == [
        ("長男", 92_975),
        ("妻", 185_951),
        ("長女", 92_975),
    ]
    (only,) = refund_payees(371_901, FAMILY, {1: 371_901})
    assert (only.heir, only.amount) == (WIFE, 371_901)


@pytest.mark.parametrize(
    ("agreed", "code"),
    [({1: 99}, "agreement_not_whole"), ({0: 101, 1: -1}, "agreement_not_whole"), ({3: 100}, "agreement_stranger")],
)
def test_an_agreement_that_is_not_the_refund_is_refused(agreed: dict[int, int], code: str) -> None:
    with pytest.raises(OperatorFault) as fault:
        refund_payees(100, FAMILY, agreed)
    assert fault.value.code == code


@pytest.mark.parametrize(
    ("heirs", "basis", "filed", "code"),
    [
        ((), Basis.SURVEY, FILED, "no_heirs"),
        ((WIFE, SON), Basis.DECLARATION, FILED, "shares_not_whole"),
        ((WIFE, SON, replace(DAUGHTER, signed=False)), Basis.DECLARATION, FILED, "not_signed_by_all"),
        ((WIFE, SON, replace(DAUGHTER, signed=False)), Basis.CHANGE, FILED, "not_signed_by_all"),
        (FAMILY, Basis.DECLARATION, date(2026, 4, 1), "filed_before_death"),
        (
            (replace(WIFE, share=Fraction(1)), replace(SON, share=Fraction(0))),
            Basis.SURVEY,
            FILED,
            "share_not_positive",
        ),
        ((replace(WIFE, share=Fraction(1), relation=""),), Basis.SURVEY, FILED, "heir_incomplete"),
        (tuple(heir(str(n), "1/41") for n in range(41)), Basis.SURVEY, FILED, "too_many_heirs"),
    ],
)
def test_a_declaration_the_law_does_not_take_is_refused(heirs, basis, filed, code) -> None:
    """令2条: name, address, 続柄, 相続分 of each heir, and the signatures of all."""
    with pytest.raises(OperatorFault) as fault:
        check_heirs(heirs, basis, died_on=DIED, filed_on=filed)
    assert fault.value.code == code


def test_a_survey_needs_no_signature_but_designates_nobody() -> None:
    unsigned = tuple(replace(one, signed=False) for one in FAMILY)
    check_heirs(unsigned, Basis.SURVEY, died_on=DIED, filed_on=FILED)
    assert HEIRS_LIFE.after(HeirsState.REGISTERED, HeirsEvent.PROPOSE) not in IN_FORCE


def test_the_ward_designates_only_when_no_declaration_came_in_time() -> None:
    check_designation(declare_by=date(2026, 7, 31), today=date(2026, 8, 1))
    for declare_by, code in ((date(2026, 8, 1), "declaration_awaited"), (None, "declaration_not_asked")):
        with pytest.raises(OperatorFault) as fault:
            check_designation(declare_by=declare_by, today=date(2026, 8, 1))
        assert fault.value.code == code


def test_the_spouse_is_looked_at_first_then_who_lived_there() -> None:
    assert suggested(FAMILY, "見本区") == 1
    assert suggested((SON, replace(DAUGHTER, address="見本区")), "見本区") == 1
    assert suggested((SON, DAUGHTER), "見本区") == 0


def test_every_way_to_a_representative_in_force_is_a_declaration_or_a_second_person() -> None:
    ways = {event for (_, event), state in HEIRS_LIFE.table.items() if state in IN_FORCE}
    assert ways == {HeirsEvent.DECLARE, HeirsEvent.APPROVE}
    assert HEIRS_LIFE.states_that_take(HeirsEvent.APPROVE) == (HeirsState.PROPOSED,)
    with pytest.raises(OperatorFault, match="cannot happen"):
        HEIRS_LIFE.after(HeirsState.ENDED, HeirsEvent.APPROVE)


def test_nobody_receives_before_the_day_or_without_being_in_force() -> None:
    stands = Representation(state=HeirsState.DESIGNATED, heirs=FAMILY, representative=WIFE, since=FILED)
    assert stands.receives_on(FILED) is WIFE
    assert stands.receives_on(DIED) is None
    assert replace(stands, state=HeirsState.PROPOSED).receives_on(FILED) is None


def test_the_address_of_a_protected_heir_is_told_to_themself_alone() -> None:
    hidden = replace(DAUGHTER, protected=True)
    assert hidden.address_for(SON) == ""
    assert hidden.address_for(hidden) == hidden.address
    assert SON.address_for(hidden) == SON.address
