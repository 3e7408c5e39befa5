"""足立区, 新潟市, 国立市: what changed during the work, what was cancelled, what never arrived, an error waved off."""

from __future__ import annotations

import secrets

import psycopg
import pytest
from tests.issuing import feed_maker

from kofu.certificates.domain.findings import Signature
from kofu.contracts.issuing import Issued, PrintOutcome
from kofu.core.kinds import HoldKind
from kofu.issuing.cases import cases
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.read_facts import read_facts
from kofu.issuing.requests.report_print import take_print_result

pytestmark = [pytest.mark.storage, pytest.mark.font]
WARD = "139998"


@pytest.fixture
def generations(ward, world):
    """Generations go on in the ward's database from test to test."""
    yield world
    ward.tax_generation, ward.resident_generation = world.tax_generation, world.resident_generation


def test_a_feed_taken_in_during_an_issue_leaves_the_paper_on_one_generation(generations, connection, press, text_of):
    """adachi_update_during_issue: the load is committed between reading and printing."""
    world = generations
    person = feed_maker.resident(
        "000000000000005", name="改名　五郎", address="東京都見本区五丁目9番9号", birthday="1980-02-01"
    )
    levy = feed_maker.assessment("000000000000005", ward_income_levy=777_000, annual_tax=907_200)

    def load_meanwhile(_order):
        world.load_residents([person])
        world.load_tax([levy])

    request = world.request("00a5")
    before = read_facts(connection, municipality_code=WARD, serial=feed_maker.serial_of("00a5"), fiscal_year=2026)
    outcome = issue_certificate(connection, world.issuer(press, before_make=load_meanwhile), request)
    text = text_of(outcome.documents[0].pdf)
    assert "230,700" in text
    assert "907,200" not in text
    assert "改名" not in text
    assert journal_store.read_request(connection, request.request_id).generation == before.generation


def test_twin_read_in_two_steps_the_facts_are_of_two_generations(generations, connection):
    """Without the snapshot of one generation, what is read fits neither the day before nor the day after."""
    world = generations
    first = read_facts(connection, municipality_code=WARD, serial=feed_maker.serial_of("00a6"), fiscal_year=2026)
    world.load_residents([feed_maker.resident("000000000000006", name="改名　六郎", birthday="1980-02-01")])
    world.load_tax([feed_maker.assessment("000000000000006", ward_income_levy=777_000, annual_tax=907_200)])
    second = read_facts(connection, municipality_code=WARD, serial=feed_maker.serial_of("00a6"), fiscal_year=2026)
    mixed = (first.resident.name, second.assessment.annual_tax)
    for whole in (first, second):
        assert mixed != (whole.resident.name, whole.assessment.annual_tax)


def test_what_is_cancelled_is_never_issued_however_the_message_arrives(world, connection, press):
    """niigata_cancelled_still_issued: twice, out of order, late; the highest revision stands."""
    number, hold_id = "000000000000009", secrets.token_hex(16)
    issuer = world.issuer(press)
    world.hold(number, HoldKind.ISSUANCE_STOP, hold_id=hold_id, revision=3)
    for revision, released in ((1, False), (2, True), (1, False)):
        world.hold(number, HoldKind.ISSUANCE_STOP, hold_id=hold_id, revision=revision, released=released)
        assert issue_certificate(connection, issuer, world.request("00a9")).code == "please_ask_at_counter"
    world.hold(number, HoldKind.ISSUANCE_STOP, hold_id=hold_id, revision=4, released=True)
    assert isinstance(issue_certificate(connection, issuer, world.request("00a9")), Issued)


def test_when_the_feed_stops_issuance_ends_before_old_facts_are_certified(world, connection, press):
    """niigata_cancelled_still_issued: the feeds are older than the profile allows."""
    issuer = world.issuer(press)
    assert isinstance(issue_certificate(connection, issuer, world.request()), Issued)
    world.clock.turn(days=2)
    assert issue_certificate(connection, issuer, world.request()).code == "data_not_current"


def test_a_feed_with_a_file_missing_leaves_yesterdays_in_force(generations, connection, press, tmp_path):
    """kunitachi_missing_feed: nothing is activated by halves."""
    world = generations
    folder = feed_maker.tax_feed(
        tmp_path / "halved",
        [feed_maker.assessment("000000000000002", annual_tax=1)],
        generation=world.tax_generation + 1,
        base=world.tax_generation,
    )
    (folder / "collections.csv").unlink()
    report = import_feed(
        lambda: psycopg.connect(world.database.owner_url),
        folder,
        keys=feed_maker.KEYS,
        municipality_code=WARD,
        now=world.clock.now,
        actor="test",
    )
    assert report.outcome is ImportOutcome.REFUSED
    assert isinstance(issue_certificate(connection, world.issuer(press), world.request("00a2")), Issued)


def test_an_error_of_the_centre_is_not_closed_by_a_later_success(world, connection, press):
    """adachi_dismissed_error: the same person prints correctly on the second try; two people still must explain."""
    issuer = world.issuer(press)
    request = world.request("00a4")
    issue_certificate(connection, issuer, request)
    failed = take_print_result(
        connection, world.acting(), world.result(request, PrintOutcome.UNKNOWN), municipality_code=WARD
    )
    again = world.request("00a4")
    issue_certificate(connection, issuer, again)
    take_print_result(connection, world.acting(), world.result(again, PrintOutcome.PRINTED), municipality_code=WARD)
    found = cases.show(connection, failed.case_id)
    assert (found.case.kind, found.case.closed_at) == (CaseKind.PRINT_UNKNOWN, None)
    first = Signature(by="sato", finding="asked the store: the printer lost power, no paper")
    second = Signature(by="ito", finding="compared digest and number with the journal: equal")
    assert cases.sign(connection, world.acting(), failed.case_id, first) is False
    assert cases.sign(connection, world.acting(), failed.case_id, second) is True
