"""外字 codes of a feed become the characters the municipality's tables say: counted, on record, drawn as such."""

from __future__ import annotations

import json

import psycopg
import pytest
from tests.issuing.feed_maker import KEYS, UNBOUND, WARD, resident, resident_feed, serial_of
from tests.issuing.world import World, people

from kofu.contracts.issuing import Issued, Refused
from kofu.core.errors import OperatorFault
from kofu.core.transposition import NO_TABLES, TranspositionTables, read_tables
from kofu.issuing.feeds.import_feed import ImportOutcome, ImportReport, import_feed
from kofu.issuing.feeds.judge import Judging
from kofu.issuing.feeds.judging import coverage_of, require_named_glyphs
from kofu.issuing.feeds.row_findings import list_findings
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.read_facts import read_facts

pytestmark = [pytest.mark.storage, pytest.mark.font]
ONE, TWO = "000000000000001", "000000000000002"
HEAD = "from,to,mj_name,relation,source\n"
CODE, CHARACTER = "\ue123", "葛\U000e0102"
TABLES = read_tables(
    [
        (
            "gaiji.csv",
            f"{HEAD}U+E123,U+845B U+E0102,MJ022335,same,外字台帳 17\nU+E125,U+8FBA,,reduced,縮退マップ\n".encode(),
        )
    ]
)


@pytest.fixture
def world(system_database, tmp_path) -> World:
    world = World(system_database("issuing"), tmp_path / "feeds")
    residents, cards, assessments = people(2)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    return world


def take(world: World, press, *names: str, tables: TranspositionTables = TABLES, **cells: object) -> ImportReport:
    """Take in a difference that renames people, from 1 on."""
    world.resident_generation += 1
    generation = world.resident_generation
    rows = [
        resident(
            f"{number:015}",
            **({"name": name, "address": f"東京都見本区{number}丁目1番{number}号", "birthday": "1980-02-01"} | cells),
        )
        for number, name in enumerate(names, 1)
    ]
    folder = resident_feed(world.folder / f"names-{generation}", rows, generation=generation, base=generation - 1)
    return import_feed(
        lambda: psycopg.connect(world.database.owner_url),
        folder,
        keys=KEYS,
        municipality_code=WARD,
        now=world.clock.now,
        actor="test",
        judging=Judging(
            gates=UNBOUND.gates, rules=UNBOUND.rules, coverage=coverage_of(press.glyphs), transposition=tables
        ),
    )


def person(world: World, serial: str = "00a1"):
    with world.connect() as connection:
        facts = read_facts(connection, municipality_code=WARD, serial=serial_of(serial), fiscal_year=2026)
    return facts.resident


def test_a_code_the_table_knows_is_put_counted_and_issued(world: World, press) -> None:
    report = take(world, press, f"{CODE}城　二甲0郎", f"見本　{CODE}{CODE}")
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    assert report.transposed == {CODE: 3}
    assert person(world).name == f"{CHARACTER}城　二甲0郎"
    with world.connect() as connection:
        assert list_findings(connection, WARD, held=False) == ()
        assert isinstance(issue_certificate(connection, world.issuer(press), world.request("00a1")), Issued)
    with world.as_owner() as owner:
        (body,) = owner.execute("SELECT body FROM audit_entry WHERE body LIKE '%transposed%'").fetchone()
    detail = json.loads(body)["detail"]
    assert (detail["transposed"], detail["transposition_sha256"]) == (3, TABLES.sha256[0])


def test_without_a_table_the_name_stays_as_it_came_and_its_person_is_listed_and_refused(world: World, press) -> None:
    """The twin: the same feed, no table."""
    report = take(world, press, f"{CODE}城　二甲0郎", tables=NO_TABLES)
    assert (report.outcome, report.transposed) == (ImportOutcome.ACTIVATED, {})
    assert person(world).name == f"{CODE}城　二甲0郎"
    with world.connect() as connection:
        assert [(one.addressee_number, one.detail) for one in list_findings(connection, WARD, held=False)] == [
            (ONE, "U+E123 (private_use)")
        ]
        refused = issue_certificate(connection, world.issuer(press), world.request("00a1"))
    assert isinstance(refused, Refused)
    assert refused.code == "undrawable"


@pytest.mark.parametrize(
    "name",
    [
        "\ue125見　一",  # known only as 縮退: it would be another form
        "\ufa19\ufa3f　一",  # compatibility ideographs
        "𠮷野　\U0002b740",  # plane 2
        "か\u309a　一",  # combining
        "ﾐﾎﾝ　ｶﾞ",  # half-width kana
        '"見本",　一',  # what CSV quotes
    ],
)
def test_a_name_with_a_code_and_anything_else_keeps_the_rest(world: World, press, name: str) -> None:
    take(world, press, f"{name}{CODE}")
    assert person(world).name == f"{name}{CHARACTER}"


def test_a_placeholder_is_held_beside_a_code_that_was_put(world: World, press) -> None:
    world.resident_generation += 1
    rows = [resident(ONE, name=f"{CODE}〓　太郎", birthday="1980-02-01")]
    folder = resident_feed(world.folder / "held", rows, generation=2, base=1)
    report = import_feed(
        lambda: psycopg.connect(world.database.owner_url),
        folder,
        keys=KEYS,
        municipality_code=WARD,
        now=world.clock.now,
        actor="test",
        judging=Judging(gates=UNBOUND.gates, transposition=TABLES),
    )
    assert report.transposed == {CODE: 1}
    with world.connect() as connection:
        assert [one.rule for one in list_findings(connection, WARD, held=True)] == ["placeholder"]


def test_address_and_quoted_cells_are_put_and_every_other_cell_stays(world: World, press) -> None:
    before = person(world, "00a2")
    report = take(world, press, '見本　"一"', address=f"見本区{CODE}町,1番", kana='ミホン, "イチ"')
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    after = person(world)
    assert (after.name, after.address) == ('見本　"一"', f"見本区{CHARACTER}町,1番")
    assert person(world, "00a2").name == before.name


def test_a_name_may_not_grow_beyond_its_column(world: World, press) -> None:
    report = take(world, press, CODE * 61)
    assert report.outcome is ImportOutcome.REFUSED
    assert [(one.line, one.column, one.reason) for one in report.problems] == [(2, "name", "too_long")]


def test_the_name_a_table_gives_a_character_must_be_the_fonts_own(press) -> None:
    """MJ022335 is 葛 with U+E0102; a table that says MJ022336 beside it has a slip in one of the two."""
    require_named_glyphs(TABLES, press.glyphs)
    slip = read_tables([("gaiji.csv", f"{HEAD}U+E123,U+845B U+E0102,MJ022336,same,外字台帳 17\n".encode())])
    with pytest.raises(OperatorFault, match=r"gaiji.csv:2 mj_name: U\+845B U\+E0102 is MJ022335 in the font"):
        require_named_glyphs(slip, press.glyphs)
