"""Rows that wait for people: their person gets no paper, until the row is corrected or two people accept it (C2)."""

from __future__ import annotations

import psycopg
import pytest
from tests.issuing import feed_maker
from tests.issuing.feed_maker import KEYS, UNBOUND, resident, resident_feed
from tests.issuing.world import World, people
from tests.resets import reset

from kofu.certificates.domain.findings import Signature
from kofu.certificates.domain.refusals import NEUTRAL_CODE
from kofu.contracts.issuing import Issued, Refused
from kofu.core.errors import OperatorFault
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.issuing.feeds.judge import Judging
from kofu.issuing.feeds.judging import coverage_of
from kofu.issuing.feeds.row_findings import accept, list_findings
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.issue import issue_certificate

pytestmark = [pytest.mark.storage, pytest.mark.font]
ONE, TWO = "000000000000001", "000000000000002"


@pytest.fixture
def world(system_database, tmp_path):
    world = World(system_database("issuing"), tmp_path / "feeds")
    residents, cards, assessments = people(2)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    return world


@pytest.fixture
def connection(world):
    with world.connect() as connection:
        yield connection


def take_residents(world: World, press, *rows):
    """Take in a difference of residents, judged by the rules of rows and by the font."""
    world.resident_generation += 1
    generation = world.resident_generation
    folder = resident_feed(world.folder / f"judged-{generation}", rows, generation=generation, base=generation - 1)
    return import_feed(
        lambda: psycopg.connect(world.database.owner_url),
        folder,
        keys=KEYS,
        municipality_code=feed_maker.WARD,
        now=world.clock.now,
        actor="test",
        judging=Judging(gates=UNBOUND.gates, coverage=coverage_of(press.glyphs)),
    )


def one(name: str):
    return resident(ONE, name=name, address="東京都見本区1丁目1番1号", birthday="1980-02-01")


def test_a_placeholder_in_a_name_keeps_its_person_from_papers_and_nobody_else(world, connection, press) -> None:
    report = take_residents(world, press, one("見本　〓郎"))
    assert report.outcome is ImportOutcome.ACTIVATED
    assert report.judgement.counts["placeholder"] == 1
    request = world.request("00a1")
    refused = issue_certificate(connection, world.issuer(press), request)
    assert isinstance(refused, Refused)
    assert refused.code == NEUTRAL_CODE
    assert journal_store.read_request(connection, request.request_id).refusal_code == "row_held"
    assert isinstance(issue_certificate(connection, world.issuer(press), world.request("00a2")), Issued)


def test_a_corrected_row_ends_the_hold_by_itself(world, connection, press) -> None:
    take_residents(world, press, one("見本　〓郎"))
    (held,) = [found for found in list_findings(connection, feed_maker.WARD, held=True) if found.rule == "placeholder"]
    assert (held.addressee_number, held.column_name, held.line_number) == (ONE, "name", 2)
    take_residents(world, press, one("見本　二甲0郎"))
    assert list_findings(connection, feed_maker.WARD, held=True) == ()
    assert isinstance(issue_certificate(connection, world.issuer(press), world.request("00a1")), Issued)


def test_a_row_that_is_right_as_it_is_is_accepted_by_two_people(world, connection, press) -> None:
    take_residents(world, press, one("見本　＊郎"))
    held = list_findings(connection, feed_maker.WARD, held=True)
    screens = psycopg.connect(world.database.screens_url, autocommit=True)
    for found in held:
        first = Signature(by="hanako", finding="住民記録の帳票で確認した。")
        assert not accept(screens, world.acting(), feed_maker.WARD, found.id, first)
        with pytest.raises(OperatorFault, match="same person"):
            accept(screens, world.acting(), feed_maker.WARD, found.id, first)
        second = Signature(by="taro", finding="本人の届出書で確認した。")
        assert isinstance(issue_certificate(connection, world.issuer(press), world.request("00a1")), Refused)
        assert accept(screens, world.acting(), feed_maker.WARD, found.id, second)
    screens.close()
    assert isinstance(issue_certificate(connection, world.issuer(press), world.request("00a1")), Issued)


def test_the_word_of_an_account_that_was_reset_since_accepts_no_row(world, connection, press) -> None:
    take_residents(world, press, one("見本　＊郎"))
    found = list_findings(connection, feed_maker.WARD, held=True)[0]
    words = [Signature(by=by, finding=f"{by} が住民記録の帳票で確認した。") for by in ("mori", "taro", "jiro")]
    with psycopg.connect(world.database.screens_url, autocommit=True) as screens:
        assert not accept(screens, world.acting(), feed_maker.WARD, found.id, words[0])
        with psycopg.connect(world.database.owner_url) as owner:
            reset(owner, "mori", world.clock.now)
        taken = [accept(screens, world.acting(), feed_maker.WARD, found.id, word) for word in words[1:]]
    assert taken == [False, True]


def test_the_name_of_another_on_an_assessment_holds_the_person(world, connection, press) -> None:
    world.load_tax([feed_maker.assessment(ONE, name_at_assessment="手本　次郎")])
    (held,) = list_findings(connection, feed_maker.WARD, held=True)
    assert (held.rule, held.row_key) == ("name_misfit", f"{ONE}|2026")
    assert isinstance(issue_certificate(connection, world.issuer(press), world.request("00a1")), Refused)


def differing(world: World, kind: str, **tables):
    """Offer a difference in which two people are exchanged, judged by the usual bounds; its outcome and reasons."""
    generation = getattr(world, f"{kind}_generation")
    write = feed_maker.tax_feed if kind == "tax" else resident_feed
    folder = write(world.folder / f"exchanged-{kind}", generation=generation + 1, base=generation, **tables)
    report = import_feed(
        lambda: psycopg.connect(world.database.owner_url),
        folder,
        keys=KEYS,
        municipality_code=feed_maker.WARD,
        now=world.clock.now,
        actor="test",
        judging=Judging(rules=UNBOUND.rules),
    )
    return report.outcome, {problem.reason for problem in report.problems}


def test_two_people_exchanged_in_a_difference_are_found_like_in_a_full_feed(world) -> None:
    residents, cards, assessments = people(2)
    one, two = (row["addressee_number"] for row in residents)

    def exchanged(rows):
        return [row | {"addressee_number": two if row["addressee_number"] == one else one} for row in rows]

    outcome, reasons = differing(world, "tax", assessments=exchanged(assessments))
    assert (outcome, reasons) == (ImportOutcome.REFUSED, {"row_of_another", "assessment_exchanged"})
    outcome, reasons = differing(world, "resident", cards=exchanged(cards))
    assert (outcome, reasons) == (ImportOutcome.REFUSED, {"serial_changed_person"})


def test_who_cannot_be_drawn_is_listed_with_code_points_and_field_and_is_not_held(world, connection, press) -> None:
    take_residents(world, press, one("見本　\ue123郎"))
    (listed,) = list_findings(connection, feed_maker.WARD, held=False)
    assert (listed.addressee_number, listed.column_name) == (ONE, "name")
    assert listed.detail == "U+E123 (private_use)"
    assert "placeholder" not in {found.rule for found in list_findings(connection, feed_maker.WARD, held=True)}


@pytest.mark.parametrize("first", ["residents", "taxes"])
def test_a_name_that_fits_nobody_is_held_with_its_line_whichever_feed_comes_first(
    system_database, tmp_path, first: str
) -> None:
    """Of a kind's first feed rows are staged only where something may be compared with them."""
    world = World(system_database("issuing"), tmp_path / "feeds")
    residents, cards, assessments = people(2)
    assessments[1] |= {"name_at_assessment": "手本　次郎"}
    feeds = [lambda: world.load_residents(residents, cards), lambda: world.load_tax(assessments)]
    for load in feeds if first == "residents" else reversed(feeds):
        load()
    with world.connect() as connection:
        (held,) = list_findings(connection, feed_maker.WARD, held=True)
    assert (held.rule, held.row_key, held.line_number) == ("name_misfit", f"{TWO}|2026", 3)
