"""Who may have which certificate at the counter: identity, the right to apply, and that every refusal helps on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.ledger.counter.domain.counter_requests import ASKED, LIVING, PROFILE, RULES, TODAY, WELL, notice

from kofu.certificates.domain.eligibility import Eligible
from kofu.certificates.domain.refusals import Reason
from kofu.certificates.domain.standing import (
    NoticeTax,
)
from kofu.core.errors import OperatorFault
from kofu.core.kinds import CertificateKind as K
from kofu.core.kinds import HoldKind
from kofu.ledger.counter.domain.rules import (
    Applicant,
    CounterApplication,
    CounterObstacle,
    PersonStanding,
    YearStanding,
    decide_year,
    words_of,
)
from kofu.ledger.counter.domain.states import COUNTER_LIFE, CounterEvent, CounterState

#: Said of later, after what has to come first; it sends nobody away.
NEXT_MORNING = "翌朝の連携の後はキオスク端末でも交付できます"
DEAD = replace(LIVING, dead=True)


OWING = replace(WELL, collections=(notice(9_999),))


def outcome(
    asked: CounterApplication, person: PersonStanding = LIVING, standing: YearStanding = WELL
) -> list[str] | Eligible:
    found = decide_year(asked, 2026, person, standing, profile=PROFILE, rules=RULES, today=TODAY)
    return found if isinstance(found, Eligible) else [failure.reason.value for failure in found]


def test_who_shows_a_photo_gets_the_paper_for_the_counters_fee() -> None:
    assert outcome(ASKED) == Eligible(as_of=TODAY, form_version="standard_r8", fee_per_copy=300)


def test_a_reason_for_no_fee_takes_none() -> None:
    found = outcome(replace(ASKED, free_reason="welfare"))
    assert isinstance(found, Eligible)
    assert found.fee_per_copy == 0


@pytest.mark.parametrize(
    ("shown", "reasons"),
    [
        ((), ["not_identified"]),
        (("insurance",), ["not_identified"]),
        (("insurance", "insurance"), ["not_identified"]),
        (("insurance", "pension_book"), []),
        (("driving_licence",), []),
        (("library_card", "library_card_2"), ["not_identified"]),
    ],
)
def test_one_document_with_a_photo_is_enough_and_two_kinds_of_the_others(
    shown: tuple[str, ...], reasons: list[str]
) -> None:
    found = outcome(replace(ASKED, identity=shown))
    assert ([] if isinstance(found, Eligible) else found) == reasons


@pytest.mark.parametrize("who", [Applicant.HOUSEHOLD, Applicant.AGENT, Applicant.TAX_AGENT])
def test_whoever_applies_for_another_shows_by_what_right(who: Applicant) -> None:
    """地方税法22条: what the office knows of a person's taxes goes to nobody else."""
    assert outcome(replace(ASKED, applicant=who)) == ["right_not_shown"]
    assert isinstance(outcome(replace(ASKED, applicant=who, right_shown=True)), Eligible)


def test_an_agent_needs_no_mandate_for_the_inspection_of_a_car() -> None:
    """新宿区: 継続検査用は無料・委任状不要."""
    asked = replace(ASKED, applicant=Applicant.AGENT, kind=K.VEHICLE_INSPECTION, plate_number="見本 580 あ 1")
    car = replace(
        notice(10_000), tax=NoticeTax.LIGHT_VEHICLE, plate_number="見本 580 あ 1", chassis_last4="0012", inspected=True
    )
    found = outcome(asked, standing=replace(WELL, collections=(car,)))
    assert isinstance(found, Eligible)
    assert found.fee_per_copy == 0


@pytest.mark.parametrize("who", [Applicant.SELF, Applicant.AGENT, Applicant.TAX_AGENT, Applicant.HOUSEHOLD])
def test_a_mandate_ends_with_death(who: Applicant) -> None:
    """民法111条・653条."""
    assert outcome(replace(ASKED, applicant=who, right_shown=True), DEAD) == ["mandate_ended"]


def test_heirs_apply_for_the_dead_and_for_nobody_else() -> None:
    heir = replace(ASKED, applicant=Applicant.HEIR, right_shown=True)
    assert isinstance(outcome(heir, DEAD), Eligible)
    assert outcome(heir, LIVING) == ["no_heir_yet"]


def test_overdue_tax_stands_on_the_paper_once_the_applicant_knows() -> None:
    """文京区: 未納額が記載された納税証明書は税務課のみ、本人了承時."""
    asked = replace(ASKED, kind=K.PAYMENT)
    assert outcome(asked, standing=OWING) == ["unpaid"]
    assert isinstance(outcome(replace(asked, unpaid_accepted=True), standing=OWING), Eligible)


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (replace(LIVING, holds=(HoldKind.ISSUANCE_STOP,)), "issuance_stop"),
        (replace(LIVING, halted=True), "issuance_halted"),
    ],
)
def test_holds_and_the_stop_refuse_here_too(person: PersonStanding, reason: str) -> None:
    assert outcome(ASKED, person) == [reason]


def test_everything_that_stands_in_the_way_is_said_at_once() -> None:
    """Whoever comes to the counter comes once: all reasons, the applicant's first."""
    asked = replace(ASKED, identity=(), copies=99, kind=K.INCOME, applicant=Applicant.AGENT)
    assert outcome(asked, standing=replace(WELL, assessment=None)) == [
        "not_identified", "right_not_shown", "too_many_copies", "no_assessment",
    ]  # fmt: skip


KIOSK_ONLY = {
    "closed", "card_unknown", "card_revoked", "card_suspended", "card_expired", "card_not_yet_valid",
    "resident_unknown", "moved_out", "moving_out", "dead", "deleted", "under_age", "age_unknown", "protection",
    "tax_feed_stale", "resident_feed_stale",
}  # fmt: skip


@pytest.mark.parametrize("reason", [*(one for one in Reason if one.value not in KIOSK_ONLY), *CounterObstacle])
def test_every_reason_says_what_helps_and_sends_nobody_to_the_counter_they_stand_at(
    reason: Reason | CounterObstacle,
) -> None:
    said = words_of(reason)
    assert said.staff
    assert said.helps.endswith("。")
    assert "窓口へお越しください" not in said.helps
    assert "キオスク" not in re.sub(f"{NEXT_MORNING}|キオスク端末を案内しないでください", "", said.helps)


def test_no_arrow_leads_from_an_end_to_a_paper() -> None:
    """P3: what was refused, taken back, aborted or voided stays so."""
    ends = {CounterState.REFUSED, CounterState.WITHDRAWN, CounterState.ABORTED, CounterState.VOIDED}
    assert not [arrow for arrow in COUNTER_LIFE.table if arrow[0] in ends]
    with pytest.raises(OperatorFault) as caught:
        COUNTER_LIFE.after(CounterState.WAITING, CounterEvent.ISSUE)
    assert caught.value.code == "counter_state"


def test_a_certificate_of_payment_states_no_arrears_that_are_the_employers() -> None:
    """法321条の5: what was not remitted is no 滞納額 of the person, whatever the applicant accepts."""
    unremitted = replace(OWING, collections=(replace(notice(9_999), special=True),))
    asked = replace(ASKED, kind=K.PAYMENT, unpaid_accepted=True)
    assert outcome(asked, standing=unremitted) == ["not_remitted"]
    assert isinstance(outcome(asked, standing=OWING), Eligible)
    assert isinstance(
        outcome(asked, standing=replace(WELL, collections=(replace(notice(10_000), special=True),))), Eligible
    )
    assert isinstance(outcome(ASKED, standing=unremitted), Eligible)
