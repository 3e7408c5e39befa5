"""One implementation: the papers of kiosk and counter, each from its own database, say the same but for the number."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.issuing.facts_of_person import facts_of_person
from tests.ledger.counter_ward import WARD, take_ward_over

from kofu.certificates.content import NotCertifiable, compose
from kofu.certificates.domain.eligibility import Eligible
from kofu.certificates.domain.standing import (
    AssessmentStanding,
    CollectionStanding,
    InstallmentStanding,
    NoticeTax,
    RequestFacts,
)
from kofu.certificates.order import Question, build_order
from kofu.contracts.feed import FeedKind
from kofu.core.birthday import parse_birthday
from kofu.core.kinds import CertificateKind, CollectionMethod, Declaration, Liability
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.issuing.requests import order as kiosk_order
from kofu.issuing.requests.domain import eligibility
from kofu.issuing.requests.domain.card_holder import (
    CardStanding,
    ResidentStanding,
    ResidentStatus,
    SerialStatus,
    SubjectStanding,
)
from kofu.ledger.counter.desk import read_person_now
from kofu.ledger.counter.domain.rules import Applicant, CounterApplication, PersonStanding, YearStanding, decide_year
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.platform.feeds import public_key
from kofu.platform.one_moment import one_moment
from kofu.platform.profiles import load_profile

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
DAY = date(2026, 11, 20)
PROFILE = load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml")
RULES = ledger_profile(WARD).certificates.decided_by
PEOPLE = 40
NUMBER = "same number on both"


@pytest.fixture(scope="module")
def both(system_database, tmp_path_factory):
    """The same ward in both systems: fed to the kiosk's, taken over by the ledger."""
    folder = tmp_path_factory.mktemp("ward")
    ledger, issuing = system_database("ledger"), system_database("issuing")
    take_ward_over(ledger, folder, NOW)
    keys = {kind: public_key(folder / "keys", kind) for kind in FeedKind}
    for manifest in sorted(folder.rglob("manifest.json")):
        report = import_feed(
            lambda: psycopg.connect(issuing.owner_url), manifest.parent, keys=keys, municipality_code=WARD, now=NOW,
            actor="test",
        )  # fmt: skip
        assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    with (
        psycopg.connect(issuing.owner_url, autocommit=True) as kiosk,
        psycopg.connect(ledger.owner_url, autocommit=True) as counter,
    ):
        yield kiosk, counter


def content(order) -> dict[str, str] | str:
    try:
        return dict(compose(order).fields)
    except NotCertifiable as no:
        return no.message


@pytest.mark.storage
@pytest.mark.parametrize("kind", list(CertificateKind))
def test_each_paper_of_the_counter_reads_as_the_kiosks(both, kind: CertificateKind) -> None:
    """Field by field, with the same number given to both; and what neither may print, neither prints."""
    kiosk, counter = both
    people = counter.execute("SELECT addressee_number FROM taxpayer ORDER BY 1 LIMIT %s", [PEOPLE]).fetchall()
    plates = dict(
        counter.execute(
            "SELECT addressee_number, max(plate_number) FROM notice WHERE plate_number <> '' GROUP BY 1"
        ).fetchall()
    )
    told: Counter[str] = Counter()
    form = PROFILE.form_version_on(kind, DAY)
    for (number,) in people:
        question = Question(kind=kind, fiscal_year=2026, copies=1, plate_number=plates.get(number))
        at_kiosk = facts_of_person(kiosk, WARD, number, 2026)
        with one_moment(counter):
            at_counter = read_person_now(counter, WARD, number, [2026], ())
        if at_kiosk.resident is None:
            continue
        papers = [
            content(
                kiosk_order.build_order(
                    PROFILE, question, at_kiosk, certificate_number=NUMBER, as_of=DAY, form_version=form
                )
            ),
            content(
                build_order(
                    PROFILE, question, at_counter.facts(2026), certificate_number=NUMBER, as_of=DAY, form_version=form
                )
            ),
        ]
        assert papers[0] == papers[1]
        told["paper" if isinstance(papers[0], dict) else "none"] += 1
    assert told["paper"] > 0
    assert told.total() > PEOPLE // 2


WELL = SubjectStanding(
    card=CardStanding(status=SerialStatus.VALID, valid_from=date(2024, 3, 1), valid_to=date(2029, 2, 28)),
    resident=ResidentStanding(status=ResidentStatus.RESIDENT, birthday=parse_birthday("1980-05-01")),
    holds=(),
    assessment=None,
    collections=(),
    undrawable=(),
    tax_feed_day=DAY,
    resident_feed_day=DAY,
)
assessments = st.none() | st.builds(
    AssessmentStanding,
    taxing_right=st.booleans(),
    declaration=st.sampled_from(Declaration),
    liability=st.sampled_from(Liability),
    collection_method=st.sampled_from(CollectionMethod),
    correcting=st.booleans(),
)
notices = st.builds(
    CollectionStanding,
    tax=st.sampled_from(NoticeTax),
    fiscal_year=st.integers(2021, 2026),
    origin_year=st.integers(2021, 2026),
    plate_number=st.sampled_from(["", "見本 580 あ 1", "見本 580 い 2"]),
    chassis_last4=st.sampled_from(["", "0012", "0034"]),
    inspected=st.booleans(),
    installments=st.lists(
        st.builds(
            InstallmentStanding,
            due_date=st.dates(date(2021, 6, 30), date(2027, 1, 31)),
            assessed=st.just(10_000),
            paid=st.sampled_from([0, 9_999, 10_000]),
        ),
        max_size=3,
    ).map(tuple),
)


@given(
    kind=st.sampled_from(CertificateKind),
    year=st.integers(2018, 2027),
    assessment=assessments,
    collections=st.lists(notices, max_size=4).map(tuple),
    plate=st.sampled_from(["", "見本 580 あ 1"]),
)
def test_about_the_tax_kiosk_and_counter_decide_alike(kind, year, assessment, collections, plate) -> None:
    """Where nothing but the tax is in question, both give the same reasons in the same order, or both the paper."""
    standing = SubjectStanding(
        **{name: getattr(WELL, name) for name in WELL.__slots__ if name not in {"assessment", "collections"}},
        assessment=assessment,
        collections=collections,
    )
    at_kiosk = eligibility.decide(
        RequestFacts(kind=kind, fiscal_year=year, copies=1, plate_number=plate or None),
        standing,
        profile=PROFILE,
        now=NOW,
    )
    at_counter = decide_year(
        CounterApplication(
            applicant=Applicant.SELF, applicant_name="", right_shown=False, identity=("passport",), purpose="school",
            kind=kind, years=(year,), copies=1, plate_number=plate, free_reason="", unpaid_accepted=False,
        ),
        year,
        PersonStanding(dead=False, holds=(), halted=False),
        YearStanding(assessment=assessment, collections=collections, undrawable=()),
        profile=PROFILE,
        rules=RULES,
        today=DAY,
    )  # fmt: skip
    if isinstance(at_counter, Eligible):
        assert isinstance(at_kiosk, Eligible)
        assert (at_kiosk.as_of, at_kiosk.form_version) == (at_counter.as_of, at_counter.form_version)
    else:
        assert isinstance(at_kiosk, eligibility.Ineligible)
        assert [one.reason for one in at_kiosk.failures] == [one.reason for one in at_counter]
