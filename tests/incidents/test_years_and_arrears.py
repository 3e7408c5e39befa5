"""文京区, 豊島区, 小樽市: what a year is called, what is overdue on which day, and arrears nobody looked for."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from tests.issuing import feed_maker
from tests.issuing.world import World, people

from kofu.certificates.content import compose
from kofu.contracts.issuing import Issued
from kofu.core.kinds import CertificateKind
from kofu.core.wareki import fiscal_year_label
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.menu import read_menu

pytestmark = [pytest.mark.storage, pytest.mark.font]
PLATE, CHASSIS = "品川500あ12-34", "5678"


def vehicle(notice, number, year, paid, *, plate=PLATE, chassis=CHASSIS, due=None):
    return feed_maker.collection(
        notice,
        number,
        year,
        tax="light_vehicle",
        plate_number=plate,
        chassis_last4=chassis,
        inspected=1,
        installments="全期",
        due_dates=due or f"{year}-06-01",
        assessed="10800",
        paid=str(paid),
        assessed_total=10_800,
        paid_total=paid,
    )


#: person → light vehicle notices. 1 has paid all; every other one owes something somewhere in the past.
VEHICLES = {
    1: [(2026, 10_800, {}), (2025, 10_800, {}), (2023, 10_800, {})],
    2: [(2026, 10_800, {}), (2025, 0, {})],  # last year
    3: [(2026, 10_800, {}), (2022, 0, {})],  # long ago, beyond the years on offer
    4: [(2026, 10_800, {}), (2024, 10_799, {})],  # one yen missing
    5: [(2026, 10_800, {}), (2024, 0, {"plate": "品川480あ99-99"})],  # the plate was changed since
    6: [(2026, 5_000, {})],  # this year, in part
    7: [(2026, 10_800, {}), (2025, 0, {}), (2024, 10_800, {})],  # paid before and after
}


@pytest.fixture(scope="module")
def ward(system_database, tmp_path_factory):
    world = World(system_database("issuing"), tmp_path_factory.mktemp("feeds"))
    residents, cards, assessments = people(8)
    notices = [
        vehicle(f"2{person:03}{year}", f"{person:015}", year, paid, **how)
        for person, rows in VEHICLES.items()
        for year, paid, how in rows
    ]
    due_split = feed_maker.collection(
        "10000008",
        "000000000000008",
        due_dates="2026-06-30|2026-11-24",
        assessed="1000|900",
        paid="1000|0",
    )
    world.load_residents(residents, cards)
    world.load_tax(assessments, [*notices, due_split])
    return world


@pytest.mark.parametrize("person", sorted(VEHICLES))
def test_no_arrears_of_any_year_are_overlooked(world, connection, press, person):
    """otaru_old_arrears: 継続検査用 is issued to the one who owes nothing, and to nobody else."""
    request = world.request(f"00a{person}", kind=CertificateKind.VEHICLE_INSPECTION, plate_number=PLATE)
    outcome = issue_certificate(connection, world.issuer(press), request)
    if person == 1:
        assert isinstance(outcome, Issued)
    else:
        assert outcome.code == "vehicle_arrears"


@pytest.mark.parametrize(
    ("day", "not_due", "overdue"), [(23, "900", "0"), (24, "900", "0"), (25, "0", "900")], ids=["before", "on", "after"]
)
def test_the_same_debt_turns_overdue_the_day_after_its_due_date(world, connection, press, day, not_due, overdue):
    """toshima_due_split: 納期未到来額 and 滞納額 as of the certificate's date."""
    profile = dataclasses.replace(world.profile, unpaid_refuses_payment=False, resident_feed_max_age_days=9)
    orders = []
    world.clock.now = datetime(2026, 11, day, 3, 0, tzinfo=UTC)
    issuer = world.issuer(press, profile=profile, before_make=orders.append)
    outcome = issue_certificate(connection, issuer, world.request("00a8", kind=CertificateKind.PAYMENT))
    assert isinstance(outcome, Issued)
    fields = compose(orders[0]).fields
    assert (fields["total_paid"], fields["total_not_due"], fields["total_overdue"]) == ("1,000", not_due, overdue)


@pytest.mark.parametrize(("change", "label"), [("start", "平成31年度"), ("end", "令和元年度")])
def test_menu_and_paper_call_a_year_the_same(world, connection, press, text_of, change, label):
    """bunkyo_era_label: one rule of the profile names the year on the screen and on the paper."""
    profile = dataclasses.replace(world.profile, era_change=change)
    assert profile.year_label(2019) == label == fiscal_year_label(2019, era_change=change)
    menu = read_menu(connection, profile, world.clock.now)
    taxation = next(kind for kind in menu.kinds if kind.kind is CertificateKind.TAXATION)
    shown = next(year.label for year in taxation.years if year.fiscal_year == 2026)
    outcome = issue_certificate(connection, world.issuer(press, profile=profile), world.request())
    assert shown in text_of(outcome.documents[0].pdf).replace(" ", "")
