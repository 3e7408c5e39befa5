"""Who may have which certificate: one row for every way to be refused, and what must hold for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.certificates.domain.refusals import NEUTRAL_CODE, REFUSALS, Reason
from kofu.core.birthday import parse_birthday
from kofu.core.errors import InvariantBroken
from kofu.core.kinds import CertificateKind, CollectionMethod, Declaration, HoldKind, Liability
from kofu.core.profile import PAYMENT_KINDS, Profile
from kofu.issuing.requests.domain import eligibility
from kofu.issuing.requests.domain.eligibility import (
    STEPS,
    AssessmentStanding,
    CardStanding,
    CollectionStanding,
    Eligible,
    Ineligible,
    InstallmentStanding,
    NoticeTax,
    RequestFacts,
    ResidentStanding,
    ResidentStatus,
    SerialStatus,
    SubjectStanding,
    UndrawableCharacter,
    decide,
)
from kofu.issuing.requests.subject import UNREAD
from kofu.platform.profiles import load_profile

MIHON = load_profile(Path(__file__).parents[4] / "profiles" / "mihon.toml")
AOZORA = load_profile(Path(__file__).parents[4] / "profiles" / "aozora.toml")
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # ten in the morning in Japan, a Tuesday
TODAY = date(2026, 11, 24)
R, K = Reason, CertificateKind


def due(day: str, assessed: int = 10_000, paid: int = 10_000) -> InstallmentStanding:
    return InstallmentStanding(due_date=date.fromisoformat(day), assessed=assessed, paid=paid)


def notice(*installments: InstallmentStanding, year: int = 2026) -> CollectionStanding:
    return CollectionStanding(
        tax=NoticeTax.RESIDENT, fiscal_year=year, origin_year=year, plate_number="", chassis_last4="", inspected=False,
        installments=installments,
    )  # fmt: skip


def vehicle(installment: InstallmentStanding, *, year: int = 2026, plate: str = "見本 580 あ 1", chassis: str = "0012",
            inspected: bool = True) -> CollectionStanding:  # fmt: skip
    return CollectionStanding(
        tax=NoticeTax.LIGHT_VEHICLE, fiscal_year=year, origin_year=year, plate_number=plate, chassis_last4=chassis,
        inspected=inspected, installments=(installment,),
    )  # fmt: skip


CARD = CardStanding(status=SerialStatus.VALID, valid_from=date(2024, 3, 1), valid_to=date(2029, 2, 28))
RESIDENT = ResidentStanding(status=ResidentStatus.RESIDENT, birthday=parse_birthday("1980-05-01"))
ASSESSMENT = AssessmentStanding(
    taxing_right=True,
    declaration=Declaration.DECLARED,
    liability=Liability.TAXABLE,
    collection_method=CollectionMethod.ORDINARY,
    correcting=False,
)
PAID = notice(due("2026-06-30"), due("2026-08-31"), due("2026-11-02"), due("2027-02-01", paid=0))
OVERDUE = notice(due("2026-06-30"), due("2026-08-31", paid=9_999), due("2026-11-02"), due("2027-02-01", paid=0))
CAR = vehicle(due("2026-06-01"))
WELL = SubjectStanding(
    card=CARD,
    resident=RESIDENT,
    holds=(),
    assessment=ASSESSMENT,
    collections=(PAID, CAR),
    undrawable=(),
    tax_feed_day=date(2026, 11, 23),
    resident_feed_day=date(2026, 11, 23),
)


def ask(
    kind: CertificateKind = K.TAXATION, year: int = 2026, copies: int = 1, plate: str | None = None
) -> RequestFacts:
    return RequestFacts(kind=kind, fiscal_year=year, copies=copies, plate_number=plate)


INSPECTION = ask(K.VEHICLE_INSPECTION, plate="見本 580 あ 1")


def outcome(request: RequestFacts, standing: SubjectStanding, profile: Profile = MIHON, now: datetime = NOW) -> str:
    decision = decide(request, standing, profile=profile, now=now)
    return decision.reason.value if isinstance(decision, Ineligible) else "eligible"


@pytest.mark.parametrize(
    "request_", [ask(K.TAXATION), ask(K.INCOME), ask(K.PAYMENT), ask(K.VEHICLE_PAYMENT), INSPECTION]
)
def test_whoever_nothing_stands_against_gets_the_certificate(request_: RequestFacts) -> None:
    decision = decide(request_, WELL, profile=MIHON, now=NOW)
    fee = 0 if request_ is INSPECTION else 200
    assert decision == Eligible(as_of=TODAY, form_version="standard_r8", fee_per_copy=fee)


def person(status: ResidentStatus = ResidentStatus.RESIDENT, birthday: str = "1980-05-01") -> SubjectStanding:
    return replace(WELL, resident=ResidentStanding(status=status, birthday=parse_birthday(birthday)))


def card(**changes: object) -> SubjectStanding:
    return replace(WELL, card=replace(CARD, **changes))  # type: ignore[arg-type]


def assessed(**changes: object) -> SubjectStanding:
    return replace(WELL, assessment=replace(ASSESSMENT, **changes))  # type: ignore[arg-type]


def held(*kinds: HoldKind) -> SubjectStanding:
    return replace(WELL, holds=kinds)


def owing(*notices: CollectionStanding) -> SubjectStanding:
    return replace(WELL, collections=notices)


UNDRAWABLE = replace(WELL, undrawable=(UndrawableCharacter(field="name", code_points="U+E000", reason="private use"),))

ROWS: list[tuple[str, RequestFacts, SubjectStanding, Reason | None]] = [
    # the card certificate
    ("serial unknown", ask(), replace(WELL, card=None, resident=None, assessment=None), R.CARD_UNKNOWN),
    ("certificate revoked in the daily data", ask(), card(status=SerialStatus.REVOKED), R.CARD_REVOKED),
    ("certificate revoked at once", ask(), held(HoldKind.SERIAL_REVOKED), R.CARD_REVOKED),
    ("certificate suspended", ask(), card(status=SerialStatus.SUSPENDED), R.CARD_SUSPENDED),
    ("certificate expired yesterday", ask(), card(valid_to=date(2026, 11, 23)), R.CARD_EXPIRED),
    ("certificate expires today", ask(), card(valid_to=TODAY), None),
    ("certificate valid from tomorrow", ask(), card(valid_from=date(2026, 11, 25)), R.CARD_NOT_YET_VALID),
    # resident now
    ("no resident behind the card", ask(), replace(WELL, resident=None), R.RESIDENT_UNKNOWN),
    ("moved out", ask(), person(ResidentStatus.MOVED_OUT), R.MOVED_OUT),
    ("move notified, day not yet come", ask(), person(ResidentStatus.MOVING_OUT), R.MOVING_OUT),
    ("dead", ask(), person(ResidentStatus.DEAD), R.DEAD),
    ("struck off", ask(), person(ResidentStatus.DELETED), R.DELETED),
    # age
    ("fifteen today", ask(), person(birthday="2011-11-24"), None),
    ("fifteen tomorrow", ask(), person(birthday="2011-11-25"), R.UNDER_AGE),
    ("day unknown, fifteen at the latest reading", ask(), person(birthday="2011-10-??"), None),
    ("day unknown, perhaps still fourteen", ask(), person(birthday="2011-11-??"), R.UNDER_AGE),
    ("month and day unknown, old", ask(), person(birthday="1950-??-??"), None),
    ("birthday unknown", ask(), person(birthday="????-??-??"), R.AGE_UNKNOWN),
    # holds
    ("protected", ask(), held(HoldKind.PROTECTION), R.PROTECTION),
    ("issuance stopped", ask(), held(HoldKind.ISSUANCE_STOP), R.ISSUANCE_STOP),
    ("being corrected, at once", ask(), held(HoldKind.CORRECTING), R.CORRECTING),
    ("a row that waits for people's look", ask(), replace(WELL, held_rows=("placeholder",)), R.ROW_HELD),
    ("being corrected, daily data", ask(), assessed(correcting=True), R.CORRECTING),
    ("being corrected, vehicles not concerned", INSPECTION, assessed(correcting=True), None),
    ("move notified at once", ask(), held(HoldKind.MOVING_OUT), R.MOVING_OUT),
    ("death notified at once", ask(), held(HoldKind.DEATH), R.DEAD),
    ("struck off at once", ask(), held(HoldKind.DELETED), R.DELETED),
    # year
    ("oldest year offered", ask(year=2023), WELL, None),
    ("year before the oldest", ask(year=2022), WELL, R.YEAR_NOT_OFFERED),
    ("payment certificate beyond the law", ask(K.PAYMENT, 2022), WELL, R.YEAR_BEYOND_LAW),
    ("year nobody knows", ask(year=2027), WELL, R.YEAR_NOT_OFFERED),
    # tax right
    ("not a resident on 1 January", ask(), assessed(taxing_right=False), R.NO_TAXING_RIGHT),
    ("no assessment of the year", ask(), replace(WELL, assessment=None), R.NO_ASSESSMENT),
    # declaration
    ("undeclared, taxation", ask(), assessed(declaration=Declaration.UNDECLARED), R.UNDECLARED),
    ("undeclared, income", ask(K.INCOME), assessed(declaration=Declaration.UNDECLARED), R.UNDECLARED),
    ("undeclared, payment", ask(K.PAYMENT), assessed(declaration=Declaration.UNDECLARED), R.UNDECLARED),
    ("undeclared dependent, taxation with ＊", ask(), assessed(declaration=Declaration.DEPENDENT_UNDECLARED), None),
    ("undeclared dependent, income", ask(K.INCOME), assessed(declaration=Declaration.DEPENDENT_UNDECLARED),
     R.DEPENDENT_UNDECLARED),
    # payment
    ("not taxed, payment", ask(K.PAYMENT), assessed(liability=Liability.NONTAXABLE), R.NONTAXABLE_YEAR),
    ("not taxed, taxation", ask(), assessed(liability=Liability.NONTAXABLE), None),
    ("only per capita, payment", ask(K.PAYMENT), assessed(liability=Liability.PER_CAPITA_ONLY), None),
    ("overdue by one yen, payment", ask(K.PAYMENT), owing(OVERDUE), R.UNPAID),
    ("overdue, taxation", ask(), owing(OVERDUE), None),
    ("not yet due, payment", ask(K.PAYMENT), owing(notice(due("2027-02-01", paid=0))), None),
    ("due today, payment", ask(K.PAYMENT), owing(notice(due("2026-11-24", paid=0))), None),
    ("not remitted by the employer, payment (法321条の5)", ask(K.PAYMENT),
     owing(replace(OVERDUE, special=True)), R.UNPAID),
    ("remitted by the employer, payment", ask(K.PAYMENT), owing(replace(PAID, special=True)), None),
    ("due yesterday, payment", ask(K.PAYMENT), owing(notice(due("2026-11-23", paid=0))), R.UNPAID),
    ("too much paid elsewhere hides nothing", ask(K.PAYMENT),
     owing(notice(due("2026-06-30", paid=20_000), due("2026-08-31", paid=0))), R.UNPAID),
    ("overdue of another year, payment", ask(K.PAYMENT),
     owing(PAID, notice(due("2025-06-30", paid=0), year=2025)), None),
    ("taxed but without notice", ask(K.PAYMENT), owing(), R.PAYMENT_RECORD_MISSING),
    ("vehicles but none that year", ask(K.VEHICLE_PAYMENT, 2025), WELL, R.PAYMENT_RECORD_MISSING),
    ("vehicle overdue, general", ask(K.VEHICLE_PAYMENT), owing(vehicle(due("2026-06-01", paid=0))), R.UNPAID),
    # inspection: 小樽市 certified "no arrears" for four years because only the asked year was looked at
    ("no plate", ask(K.VEHICLE_INSPECTION), WELL, R.PLATE_MISSING),
    ("another's plate", ask(K.VEHICLE_INSPECTION, plate="見本 580 い 2"), WELL, R.VEHICLE_UNKNOWN),
    ("moped", INSPECTION, owing(vehicle(due("2026-06-01"), inspected=False)), R.VEHICLE_NOT_INSPECTED),
    ("this year overdue", INSPECTION, owing(vehicle(due("2026-06-01", paid=0))), R.VEHICLE_ARREARS),
    ("an old year overdue", INSPECTION, owing(CAR, vehicle(due("2019-05-31", paid=0), year=2019)), R.VEHICLE_ARREARS),
    ("overdue under the old plate", INSPECTION,
     owing(CAR, vehicle(due("2024-05-31", paid=0), year=2024, plate="見本 50 う 3")), R.VEHICLE_ARREARS),
    ("another vehicle overdue", INSPECTION,
     owing(CAR, vehicle(due("2024-05-31", paid=0), year=2024, plate="見本 50 う 3", chassis="9999")), None),
    # data and paper
    ("tax data four days old", ask(), replace(WELL, tax_feed_day=date(2026, 11, 20)), R.TAX_FEED_STALE),
    ("tax data three days old", ask(), replace(WELL, tax_feed_day=date(2026, 11, 21)), None),
    ("tax data of tomorrow", ask(), replace(WELL, tax_feed_day=date(2026, 11, 25)), R.TAX_FEED_STALE),
    ("tax data never loaded", ask(), replace(WELL, tax_feed_day=None), R.TAX_FEED_STALE),
    ("resident data stale", ask(), replace(WELL, resident_feed_day=date(2026, 11, 21)), R.RESIDENT_FEED_STALE),
    ("a character cannot be drawn", ask(), UNDRAWABLE, R.UNDRAWABLE),
    # service
    ("kill switch", ask(), replace(WELL, halted=True), R.ISSUANCE_HALTED),
    ("six copies", ask(copies=6), WELL, R.TOO_MANY_COPIES),
    ("no copies", ask(copies=0), WELL, R.TOO_MANY_COPIES),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "standing", "reason"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_condition_has_its_own_stable_reason(
    request_: RequestFacts, standing: SubjectStanding, reason: Reason | None
) -> None:
    assert outcome(request_, standing) == (reason.value if reason else "eligible")


@pytest.mark.parametrize("kind", sorted(set(K) - PAYMENT_KINDS))
def test_a_kind_whose_notices_are_not_read_is_decided_without_them(kind: CertificateKind) -> None:
    """They are read for `PAYMENT_KINDS` alone (`receive`, `issue`): a rule of another kind that looked would break."""
    for profile in (MIHON, AOZORA):
        for _, request_, standing, _ in ROWS:
            asked = replace(request_, kind=kind)
            unread = replace(standing, collections=UNREAD)
            assert decide(asked, unread, profile=profile, now=NOW) == decide(asked, standing, profile=profile, now=NOW)


@pytest.mark.parametrize("kind", sorted(PAYMENT_KINDS))
def test_notices_that_were_not_read_are_never_taken_for_no_arrears(kind: CertificateKind) -> None:
    """The twin (P3)."""
    with pytest.raises(InvariantBroken, match="not read"):
        decide(ask(kind, plate="見本 580 あ 1"), replace(WELL, collections=UNREAD), profile=MIHON, now=NOW)


@pytest.mark.parametrize("look", [list, len, bool, lambda it: it == (), lambda it: it != (), lambda it: it[:1]])
def test_who_looks_at_notices_that_were_not_read_is_told_in_whatever_way_it_looks(look: Callable[..., object]) -> None:
    with pytest.raises(InvariantBroken, match="not read"):
        look(UNREAD)


def test_every_reason_has_its_row_or_its_own_test() -> None:
    elsewhere = {R.KIND_NOT_OFFERED, R.CLOSED, R.YEAR_NOT_PUBLISHED}
    assert {row[3] for row in ROWS} - {None} | elsewhere == set(Reason)
    assert set(REFUSALS) == set(Reason)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-24T06:29:59+09:00", "closed"),
        ("2026-11-24T06:30:00+09:00", "eligible"),
        ("2026-11-24T22:59:59+09:00", "eligible"),
        ("2026-11-24T23:00:00+09:00", "closed"),
        ("2026-11-23T21:30:00+00:00", "eligible"),  # the same 06:30, told in UTC
    ],
)
def test_the_hours_are_those_of_japan(instant: str, expected: str) -> None:
    """Kiosks are open from 6:30 to 23:00, daily except 12/29–1/3."""
    assert outcome(ask(), WELL, now=datetime.fromisoformat(instant)) == expected


def test_nothing_is_issued_over_the_new_year_nor_during_a_planned_stop() -> None:
    for instant in ("2026-12-29T12:00:00+09:00", "2027-01-03T12:00:00+09:00", "2027-02-11T12:00:00+09:00"):
        assert outcome(ask(), WELL, now=datetime.fromisoformat(instant)) == R.CLOSED
    stopped = decide(ask(), WELL, profile=MIHON, now=datetime.fromisoformat("2027-02-11T12:00:00+09:00"))
    assert isinstance(stopped, Ineligible)
    assert stopped.refusal.resident.ja.startswith("保守のため")


def test_a_kind_the_municipality_keeps_at_its_counter_is_refused() -> None:
    assert outcome(INSPECTION, WELL, AOZORA) == R.KIND_NOT_OFFERED
    assert outcome(ask(K.INCOME), WELL, AOZORA) == R.KIND_NOT_OFFERED


@pytest.mark.parametrize(
    ("day", "method", "year", "expected"),
    [
        ("2026-04-02", CollectionMethod.SALARY, 2026, R.YEAR_NOT_PUBLISHED),
        ("2026-04-02", CollectionMethod.ORDINARY, 2025, None),  # last year's is still the newest
        ("2026-04-02", CollectionMethod.ORDINARY, 2022, None),  # and the fourth year back is still there
        ("2026-05-15", CollectionMethod.SALARY, 2026, None),
        ("2026-05-15", CollectionMethod.SALARY, 2022, R.YEAR_NOT_OFFERED),
        ("2026-05-15", CollectionMethod.COMBINED, 2026, R.YEAR_NOT_PUBLISHED),
        ("2026-06-04", CollectionMethod.NONE, 2026, R.YEAR_NOT_PUBLISHED),
        ("2026-06-05", CollectionMethod.COMBINED, 2026, None),
        ("2026-06-05", CollectionMethod.PENSION, 2026, None),
    ],
)
def test_a_year_begins_on_the_day_published_for_the_way_of_collection(
    day: str, method: CollectionMethod, year: int, expected: Reason | None
) -> None:
    """特別徴収のみ in mid-May, everybody else in early June (港区, 台東区, 文京区); not on 1 April."""
    now = datetime.fromisoformat(f"{day}T12:00:00+09:00")
    fresh = replace(assessed(collection_method=method), tax_feed_day=now.date(), resident_feed_day=now.date())
    assert outcome(ask(year=year), fresh, now=now) == (expected.value if expected else "eligible")


def test_a_payment_certificate_stays_within_the_law_when_the_newest_year_is_last_year() -> None:
    """施行令6条の21: in April 2026 the range is 2023–2026, so only three published years remain."""
    assert MIHON.published_years(K.PAYMENT, date(2026, 4, 2), None) == (2025, 2024, 2023)
    assert MIHON.published_years(K.TAXATION, date(2026, 4, 2), None) == (2025, 2024, 2023, 2022)


def test_a_municipality_may_print_arrears_instead_of_refusing() -> None:
    adult = replace(owing(OVERDUE), resident_feed_day=date(2026, 11, 24))
    assert outcome(ask(K.PAYMENT), adult, AOZORA) == "eligible"


def test_the_first_failure_is_told_and_all_are_recorded() -> None:
    many = replace(UNDRAWABLE, holds=(HoldKind.PROTECTION,), tax_feed_day=None,
                   card=replace(CARD, status=SerialStatus.REVOKED))  # fmt: skip
    decision = decide(ask(year=1999), many, profile=MIHON, now=NOW)
    assert isinstance(decision, Ineligible)
    assert [failure.reason for failure in decision.failures] == [
        R.CARD_REVOKED, R.PROTECTION, R.YEAR_NOT_OFFERED, R.TAX_FEED_STALE, R.UNDRAWABLE,
    ]  # fmt: skip


# --- what must hold whatever else is true ---

STANDINGS = st.builds(
    SubjectStanding,
    card=st.none() | st.builds(replace, st.just(CARD), status=st.sampled_from(SerialStatus)),
    resident=st.none()
    | st.builds(
        ResidentStanding,
        status=st.sampled_from(ResidentStatus),
        birthday=st.sampled_from(["1950-01-01", "2020-01-01", "????-??-??"]).map(parse_birthday),
    ),
    holds=st.lists(st.sampled_from(HoldKind), max_size=3, unique=True).map(tuple),
    assessment=st.none()
    | st.builds(
        AssessmentStanding,
        taxing_right=st.booleans(),
        declaration=st.sampled_from(Declaration),
        liability=st.sampled_from(Liability),
        collection_method=st.sampled_from(CollectionMethod),
        correcting=st.booleans(),
    ),
    collections=st.lists(st.sampled_from([PAID, OVERDUE, CAR, vehicle(due("2020-06-01", paid=1))]), max_size=3).map(
        tuple
    ),
    undrawable=st.sampled_from([(), UNDRAWABLE.undrawable]),
    tax_feed_day=st.none() | st.dates(TODAY - timedelta(days=6), TODAY + timedelta(days=1)),
    resident_feed_day=st.none() | st.dates(TODAY - timedelta(days=6), TODAY + timedelta(days=1)),
    halted=st.booleans(),
)
REQUESTS = st.builds(
    RequestFacts,
    kind=st.sampled_from(CertificateKind),
    fiscal_year=st.integers(2021, 2028),
    copies=st.integers(0, 6),
    plate_number=st.sampled_from([None, "見本 580 あ 1"]),
)
HOURS = st.datetimes(datetime(2026, 11, 24), datetime(2027, 1, 5), timezones=st.just(UTC))  # noqa: DTZ001 - zone is given
NEUTRAL_HOLDS = tuple(kind for kind in HoldKind if kind is not HoldKind.SERIAL_REVOKED)
NEUTRAL_REASONS = {
    R.PROTECTION, R.ISSUANCE_STOP, R.CORRECTING, R.ROW_HELD, R.MOVING_OUT, R.MOVED_OUT, R.DEAD, R.DELETED,
    R.RESIDENT_UNKNOWN,
}  # fmt: skip


@pytest.mark.parametrize("hold", sorted(HoldKind))
def test_each_hold_alone_refuses_whom_nothing_else_stands_against(hold: HoldKind) -> None:
    """P7: the examples of the next test seldom draw somebody whom one hold alone keeps from a certificate."""
    assert outcome(ask(), held()) == "eligible"
    assert outcome(ask(), held(hold)) != "eligible"


@given(REQUESTS, STANDINGS, HOURS, st.sampled_from(NEUTRAL_HOLDS))
def test_no_hold_is_ever_overruled(
    request_: RequestFacts, standing: SubjectStanding, now: datetime, hold: HoldKind
) -> None:
    """No before yes (P7): whatever else is true, a hold in force refuses; unless an earlier step did, neutrally."""
    decision = decide(request_, replace(standing, holds=(*standing.holds, hold)), profile=MIHON, now=now)
    assert isinstance(decision, Ineligible)
    earlier = {R.KIND_NOT_OFFERED, R.CLOSED, R.ISSUANCE_HALTED, R.TOO_MANY_COPIES, R.UNDER_AGE, R.AGE_UNKNOWN}
    if decision.reason not in earlier and not decision.reason.startswith("card_"):
        assert decision.refusal.code == NEUTRAL_CODE


@given(REQUESTS, STANDINGS, HOURS, st.sampled_from(NEUTRAL_HOLDS))
def test_the_resident_cannot_tell_protection_from_any_other_hold(
    request_: RequestFacts, standing: SubjectStanding, now: datetime, other: HoldKind
) -> None:
    """支援措置: what leaves the ward is the same, bit for bit, for whichever hold it is."""

    def seen(hold: HoldKind) -> tuple[object, ...]:
        decision = decide(request_, replace(standing, holds=(hold,)), profile=MIHON, now=now)
        assert isinstance(decision, Ineligible)
        return decision.refusal.code, decision.refusal.resident, decision.refusal.next_step

    assert seen(HoldKind.PROTECTION) == seen(other)


@given(REQUESTS, STANDINGS, HOURS)
def test_who_is_eligible_has_everything_a_certificate_needs(
    request_: RequestFacts, standing: SubjectStanding, now: datetime
) -> None:
    decision = decide(request_, standing, profile=MIHON, now=now)
    if isinstance(decision, Eligible):
        assert standing.holds == ()
        assert not standing.halted
        assert standing.undrawable == ()
        assert standing.resident is not None
        assert standing.resident.status is ResidentStatus.RESIDENT
        assert request_.fiscal_year in MIHON.published_years(request_.kind, decision.as_of, None)


def test_what_would_tell_something_bears_the_neutral_text_and_nothing_else_does() -> None:
    assert {reason for reason, refusal in REFUSALS.items() if refusal.code == NEUTRAL_CODE} == NEUTRAL_REASONS
    assert len({(REFUSALS[reason].resident, REFUSALS[reason].next_step) for reason in NEUTRAL_REASONS}) == 1


def test_no_text_for_residents_names_a_protected_fact() -> None:
    for refusal in REFUSALS.values():
        shown = refusal.resident.ja + refusal.next_step.ja + refusal.resident.en + refusal.next_step.en
        assert not [
            word for word in ("支援", "転出", "死亡", "抑止", "停止", "更正", "protect", "death") if word in shown
        ]
        assert all(
            (refusal.staff, refusal.resident.ja, refusal.resident.en, refusal.next_step.ja, refusal.next_step.en)
        )


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__.strip("_"))
def test_a_step_left_out_would_be_noticed(step: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows above would change: each step refuses something that no other step does."""
    monkeypatch.setattr(eligibility, "STEPS", tuple(other for other in STEPS if other is not step))

    def noticed(request_: RequestFacts, standing: SubjectStanding, reason: Reason | None) -> bool:
        try:
            return outcome(request_, standing) != (reason.value if reason else "eligible")
        except InvariantBroken:
            return True

    assert [row[0] for row in ROWS if noticed(*row[1:])]
