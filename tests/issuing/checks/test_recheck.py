"""The nightly re-check: derives again what was issued, by its own reading, and sees what does not come out the same."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from tests.issuing import feed_maker
from tests.issuing.world import NOON, World, people

from kofu.certificates.last_look import facts_digest
from kofu.contracts.issuing import Issued
from kofu.core.kinds import CertificateKind
from kofu.issuing.cases import case_store, cases
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.checks.recheck import Derived, recheck
from kofu.issuing.requests.issue import issue_certificate

pytestmark = [pytest.mark.storage, pytest.mark.font]
WARD = "139998"


@pytest.fixture(scope="module")
def ward(system_database, tmp_path_factory, press):
    """A day with certificates of every kind, and a difference loaded after them."""
    world = World(system_database("issuing"), tmp_path_factory.mktemp("feeds"))
    residents, cards, assessments = people(2)
    paid = feed_maker.collection(paid="1000|900", paid_total=1900)
    vehicle = feed_maker.collection(
        "20000001",
        tax="light_vehicle",
        plate_number="品川500あ12-34",
        chassis_last4="5678",
        inspected=1,
        paid="1000|900",
        paid_total=1900,
    )
    world.load_residents(residents, cards)
    world.load_tax(assessments, [paid, vehicle])
    issuer = world.issuer(press)
    with world.connect() as connection:
        for kind in CertificateKind:
            plate = "品川500あ12-34" if kind is CertificateKind.VEHICLE_INSPECTION else None
            outcome = issue_certificate(connection, issuer, world.request(kind=kind, copies=2, plate_number=plate))
            assert isinstance(outcome, Issued), kind
    changed = [feed_maker.assessment("000000000000001", ward_income_levy=1, annual_tax=130_201)]
    world.load_tax(changed, [feed_maker.collection(paid="1000|0", paid_total=1000)])
    return world


@pytest.fixture
def look(ward, press):
    def derive(order):
        made = ward.issuer(press).make(order)
        return Derived(made.sha256, made.facts_digest)

    def run(derive=derive, profile=ward.profile):
        with ward.connect() as connection:
            day = timedelta(hours=12)
            return recheck(connection, ward.acting("recheck"), profile, derive, start=NOON - day, end=NOON + day)

    return run


@pytest.fixture(autouse=True)
def _nothing_stopped(ward):
    yield
    with ward.as_owner() as owner:
        owner.execute("ALTER TABLE issuing_stop DISABLE TRIGGER USER; UPDATE issuing_stop SET lifted_at = now()")
        owner.execute("ALTER TABLE issuing_stop ENABLE TRIGGER USER")


def test_every_certificate_of_the_day_comes_out_the_same_from_its_own_generation(look):
    """P6: although a later load changed amounts and payments."""
    report = look()
    assert (report.copies, report.case_ids) == (10, ())


def test_a_fact_changed_behind_the_journals_back_is_seen(look, ward):
    """Twin: somebody edits a row of a past generation; the digest of the facts no longer fits."""
    change = "UPDATE fact_assessments SET salary_income = salary_income + %s WHERE addressee_number = %s"
    with ward.as_owner() as owner:
        owner.execute(change, [1, "000000000000001"])
        report = look()
        owner.execute(change, [-1, "000000000000001"])
    assert len(report.case_ids) == 4  # taxation and income, two copies each
    with ward.connect() as connection:
        found = cases.show(connection, report.case_ids[0])
        assert found.case.kind is CaseKind.RECHECK_MISMATCH
        assert [stop.case_id for stop in case_store.standing_stops(connection, WARD)] == [report.case_ids[0]]


def test_the_same_facts_as_other_bytes_are_seen(look):
    """Twin: the program, a form or the font is not what it was when the paper left."""

    def otherwise(order):
        return Derived("0" * 64, facts_digest(order))

    assert len(look(otherwise).case_ids) == 10


def test_another_seal_or_mayor_than_on_the_day_is_seen(look, ward):
    authorities = tuple(dataclasses.replace(one, name="別人") for one in ward.profile.authorities)
    assert len(look(profile=dataclasses.replace(ward.profile, authorities=authorities)).case_ids) == 10


def test_what_cannot_be_derived_at_all_is_a_case_not_a_crash(look):
    def broken(_order):
        raise ValueError("not again")

    assert len(look(broken).case_ids) == 10
