"""Feeds in: what is right is activated as one generation; whatever is wrong changes nothing (P6)."""

from __future__ import annotations

import functools
import hashlib

import psycopg
import pytest
from tests.issuing.feed_maker import (
    DAY,
    KEYS,
    NOW,
    SIGNING,
    UNBOUND,
    WARD,
    assessment,
    card,
    change_file,
    change_manifest,
    change_stated,
    collection,
    resident,
    resident_feed,
    serial_of,
    tax_feed,
)

from kofu.contracts.feed import FeedKind
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS, RESIDENTS
from kofu.core.errors import OperatorFault, OurFault
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed, verify_feed
from kofu.issuing.feeds.judge import Judging
from kofu.issuing.requests.read_facts import read_facts

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def database(system_database):
    return system_database("issuing")


@pytest.fixture
def connect(database):
    """A loader's connection on tables emptied of what the test before left."""
    connect = functools.partial(psycopg.connect, database.owner_url)
    with connect() as connection:
        connection.execute("ALTER TABLE generation DISABLE TRIGGER USER")
        connection.execute(
            "TRUNCATE fact_assessments, fact_collections, fact_residents, fact_card_certificates,"
            " generation, active_generation, issuing_feed_figure"
        )
        connection.execute("ALTER TABLE generation ENABLE TRIGGER USER")
    return connect


def take_in(connect, folder, **how):
    return import_feed(
        connect,
        folder,
        **({"keys": KEYS, "municipality_code": WARD, "now": NOW, "actor": "test", "judging": UNBOUND} | how),
    )


def take_in_two_people(connect, folder):
    """A ward of two people at tax generation 1 and resident generation 1: data generation 2."""
    people = ["000000000000001", "000000000000002"]
    tax = tax_feed(
        folder / "tax1",
        [assessment(number) for number in people],
        [collection(f"1000000{number[-1]}", number) for number in people],
    )
    residents = resident_feed(
        folder / "resident1",
        [resident(number) for number in people],
        [card(f"00a{number[-1]}", number) for number in people],
    )
    assert take_in(connect, tax).outcome is ImportOutcome.ACTIVATED
    assert take_in(connect, residents).outcome is ImportOutcome.ACTIVATED


@pytest.fixture
def yesterday(connect, tmp_path):
    take_in_two_people(connect, tmp_path)
    return connect


@pytest.fixture(scope="module")
def untouched(system_database, tmp_path_factory):
    """The same ward in a database of its own that only wrong feeds are offered to: made once, it must never change."""
    connect = functools.partial(psycopg.connect, system_database("issuing").owner_url)
    take_in_two_people(connect, tmp_path_factory.mktemp("yesterday"))
    return connect


def state_of(connect):
    """Everything a reader could see."""
    with connect() as connection:
        return [
            connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4").fetchall()
            for table in ("fact_assessments", "fact_collections", "fact_residents", "fact_card_certificates")
        ] + [connection.execute("SELECT * FROM active_generation").fetchall()]


def read(connect, serial="00a1", year=2026, **how):
    with connect() as connection:
        return read_facts(connection, municipality_code=WARD, serial=serial_of(serial), fiscal_year=year, **how)


def test_a_person_is_read_as_the_feeds_stated_them(yesterday):
    facts = read(yesterday)
    assert facts.generation == 2
    assert facts.tax_business_date == facts.resident_business_date == DAY
    assert facts.card.addressee_number == facts.resident.addressee_number == "000000000000001"
    assert facts.resident.subject.birthday.text() == "1980-02-??"
    assert facts.assessment.annual_tax == 318_000
    assert facts.assessment.taxing_right is True
    (notice,) = facts.collections
    assert [(part.label, part.assessed, part.paid) for part in notice.installments] == [
        ("1", 1000, 1000),
        ("2", 900, 0),
    ]


def test_the_same_feed_again_is_already_active_and_changes_nothing(yesterday, tmp_path):
    before = state_of(yesterday)
    report = take_in(yesterday, tmp_path / "tax1")
    assert report.outcome is ImportOutcome.ALREADY_ACTIVE
    assert report.data_generation == 1
    assert state_of(yesterday) == before


def test_a_difference_writes_only_what_changed_and_the_past_can_be_read_again(yesterday, tmp_path):
    difference = tax_feed(
        tmp_path / "tax2",
        [assessment(annual_tax=0, liability="nontaxable", **dict.fromkeys(
            ("ward_income_levy", "ward_per_capita_levy", "metro_income_levy", "metro_per_capita_levy",
             "forest_environment_tax"), 0)), assessment("000000000000002")],
        [collection("10000002", "000000000000002", change="remove")],
        generation=2,
        base=1,
    )  # fmt: skip
    report = take_in(yesterday, difference)
    assert (report.outcome, report.data_generation) == (ImportOutcome.ACTIVATED, 3)
    assert (report.versions_added, report.versions_closed) == (1, 2)
    assert read(yesterday).assessment.annual_tax == 0
    assert read(yesterday, "00a2").collections == ()
    assert read(yesterday, generation=2).assessment.annual_tax == 318_000
    assert len(read(yesterday, "00a2", generation=2).collections) == 1


def test_a_full_feed_removes_what_it_does_not_state_and_leaves_the_rest_unwritten(yesterday, tmp_path):
    full = tax_feed(tmp_path / "tax7", [assessment()], [collection("10000001")], generation=7)
    report = take_in(yesterday, full)
    assert (report.versions_added, report.versions_closed) == (0, 2)
    assert read(yesterday, "00a2").assessment is None
    assert read(yesterday).assessment is not None


@pytest.mark.parametrize("text", ['見本\\N\\t, "太郎" {}', "\\N", "\\.", '"', "見本\\", " 見本 "])
def test_what_a_cell_holds_is_not_taken_for_what_parts_cells(connect, tmp_path, text):
    """Quotes, commas and backslashes mean in the file what they mean on the way to the database.

    An empty cell is an empty text.
    """
    resident_rows, notices = [resident(name=text, kana="")], [vehicle(plate_number=text, chassis_last4="")]
    for folder in (
        resident_feed(tmp_path / "resident", resident_rows),
        tax_feed(tmp_path / "tax", [assessment(name_at_assessment=text)], notices),
    ):
        report = take_in(connect, folder)
        assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    with connect() as connection:
        assert connection.execute("SELECT name, kana FROM fact_residents").fetchall() == [(text, "")]
        assert connection.execute("SELECT name_at_assessment FROM fact_assessments").fetchall() == [(text,)]
        stands = connection.execute("SELECT plate_number, chassis_last4 FROM fact_collections")
        assert stands.fetchall() == [(text, "")]


def vehicle(**cells):
    amounts = {"assessed": "1900", "paid": "1000"}
    return collection(tax="light_vehicle", installments="01", due_dates="2026-05-31", **amounts, **cells)


def test_rows_are_written_in_the_order_of_their_keys_and_each_under_its_own_digest(connect, tmp_path):
    """Digests travel beside their rows: sorted, each is still the row's own, and what did not change is not written."""
    numbers = ["000000000000003", "000000000000001", "000000000000002"]
    rows = [assessment(number, name_at_assessment=f"見本　{number[-1]}") for number in numbers]
    notices = [collection(f"2026000{number[-1]}", addressee_number=number) for number in numbers]
    feed = tax_feed(tmp_path / "t1", rows, notices)
    assert take_in(connect, feed).versions_added == 6
    with connect() as connection:
        for table in (ASSESSMENTS, COLLECTIONS):
            key = table.key[0]
            written = connection.execute(f"SELECT {key}, row_digest FROM fact_{table.name} ORDER BY ctid").fetchall()
            assert [number for number, _ in written] == sorted(number for number, _ in written)
            lines = (feed / table.file_name).read_bytes().splitlines()[1:]
            stated = [line.removeprefix(b"put") for line in lines]
            assert {number: digest.bytes for number, digest in written} == {
                cells.split(b",")[1].decode(): hashlib.blake2b(cells, digest_size=16).digest() for cells in stated
            }
        stands = connection.execute("SELECT addressee_number, name_at_assessment FROM fact_assessments ORDER BY 1")
        assert stands.fetchall() == [(number, f"見本　{number[-1]}") for number in sorted(numbers)]
    one_changed = [*rows[:2], assessment(numbers[2], name_at_assessment="見本　九")]
    again = take_in(connect, tax_feed(tmp_path / "t2", one_changed, notices, generation=2))
    assert (again.versions_added, again.versions_closed) == (1, 1)


def test_a_full_feed_of_other_rows_replaces_each_under_its_key(connect, tmp_path):
    """Every key stands again and no row as it was: what is replaced is ended once, not once more as not stated."""
    people = ["000000000000001", "000000000000002"]
    take_in(connect, tax_feed(tmp_path / "t1", [assessment(number) for number in people]))
    others = [assessment(number, name_at_assessment="見本　次郎") for number in people]
    report = take_in(connect, tax_feed(tmp_path / "t2", others, generation=2))
    assert (report.versions_added, report.versions_closed) == (2, 2)


def keep(data):
    return data


def replace_first(old, new):
    return lambda data: data.replace(old, new, 1)


def broken_tax(folder, *, rows=None, notices=None, **how):
    return tax_feed(folder, rows or [assessment()], notices or [collection()], **({"generation": 2, "base": 1} | how))


def with_cell(table, row, **cells):
    """A difference with one wrong cell in it."""
    maker = {"assessments": "rows", "collections": "notices"}[table.name]
    return lambda folder: broken_tax(folder, **{maker: [row(**cells)]})


def vouched(table, change):
    def make(folder):
        change_file(broken_tax(folder), table, change, vouch=True)
        return folder

    return make


def unvouched(table, change):
    def make(folder):
        change_file(broken_tax(folder), table, change, vouch=False)
        return folder

    return make


def after(act, **how):
    def make(folder):
        broken_tax(folder, **how)
        act(folder)
        return folder

    return make


def unlist(folder):
    from kofu.contracts.feed import decode_manifest

    files = decode_manifest((folder / "manifest.json").read_bytes()).files
    change_manifest(folder, files=files[:1])


def sign_as_registry(folder):
    import base64

    data = (folder / "manifest.json").read_bytes()
    (folder / "manifest.sig").write_bytes(base64.b64encode(SIGNING[FeedKind.RESIDENT].sign(data)))


A, C = ASSESSMENTS, COLLECTIONS
DOUBLE = [assessment(), assessment("000000000000009"), assessment()]

#: What is wrong → (how to make it, file, line, column, reason of one of the problems reported)
WRONG = {
    "a changed byte": (unvouched(A, replace_first(b"5000000", b"5000001")), A.file_name, None, None, "wrong_checksum"),
    "a truncated file": (unvouched(A, lambda data: data[:-9]), A.file_name, None, None, "wrong_size"),
    "a cut-off last line": (vouched(A, lambda data: data[:-9]), A.file_name, 2, None, "truncated"),
    "a missing file": (after(lambda f: (f / C.file_name).unlink()), C.file_name, None, None, "missing_file"),
    "a file not listed": (after(unlist), "manifest.json", None, None, "missing_file"),
    "an unknown file": (after(lambda f: (f / "x.csv").touch()), "x.csv", None, None, "unknown_file"),
    "no signature": (after(lambda f: (f / "manifest.sig").unlink()), "manifest.sig", None, None, "missing_file"),
    "no manifest": (after(lambda f: (f / "manifest.json").unlink()), "manifest.json", None, None, "missing_file"),
    "a forged signature": (
        after(lambda f: (f / "manifest.sig").write_bytes(b"AAAA")), "manifest.sig", None, None, "bad_signature",
    ),
    "the other sender's signature": (after(sign_as_registry), "manifest.sig", None, None, "wrong_signer"),
    "another municipality": (
        after(keep, municipality="131041"), "manifest.json", None, None, "wrong_municipality",
    ),
    "a wrong count": (after(lambda f: change_stated(f, A, rows=3)), A.file_name, None, None, "wrong_count"),
    "a wrong control total": (
        after(lambda f: change_stated(f, A, control_totals={"annual_tax": 1, "aggregate_income": 3_560_000})),
        A.file_name, None, "annual_tax", "control_total",
    ),
    "missing control totals": (
        after(lambda f: change_stated(f, A, control_totals={})), "manifest.json", None, None, "control_totals",
    ),
    "an older generation": (
        after(keep, generation=0), "manifest.json", None, None, "bad_manifest",
    ),
    "a number that lost its zeros": (
        lambda f: broken_tax(f, rows=[assessment(), assessment("2")]), A.file_name, 3, "addressee_number",
        "leading_zeros_lost",
    ),
    "the same generation with other content": (
        after(keep, generation=1, base=None), "manifest.json", None, None, "generation_backwards",
    ),
    "a skipped generation": (after(keep, generation=3, base=2), "manifest.json", None, None, "generation_gap"),
    "a difference on the wrong base": (
        after(keep, generation=2, base=0), "manifest.json", None, None, "generation_gap",
    ),
    "a difference to another feed under the number of the active one": (
        after(keep, base_sha256="e" * 64), "manifest.json", None, None, "other_base",
    ),
    "a business date in the future": (
        after(keep, day=DAY.replace(year=2027)), "manifest.json", None, None, "business_date_ahead",
    ),
    "a full feed with a removal": (
        lambda f: broken_tax(f, rows=[assessment(change="remove")], base=None), A.file_name, 2, "change",
        "remove_in_full",
    ),
    "a removal of nothing": (
        lambda f: broken_tax(f, rows=[assessment(), assessment("000000000000007", change="remove")]),
        A.file_name, 3, "addressee_number+fiscal_year", "remove_of_nothing",
    ),
    "a duplicate key": (
        lambda f: broken_tax(f, rows=DOUBLE), A.file_name, 4, "addressee_number+fiscal_year", "duplicate_key",
    ),
    "a wrong header": (vouched(A, replace_first(b"salary_revenue", b"salary")), A.file_name, 1, None, "wrong_header"),
    "a byte order mark": (
        vouched(A, lambda data: b"\xef\xbb\xbf" + data), A.file_name, 1, None, "byte_order_mark",
    ),
    "Shift_JIS": (
        vouched(A, lambda data: data.decode().encode("cp932")), A.file_name, 2, "name_at_assessment", "not_utf8",
    ),
    "UTF-16": (vouched(A, lambda data: data.decode().encode("utf-16")), A.file_name, 1, None, "wrong_header"),
    "line ends of Windows": (
        vouched(A, lambda data: data.replace(b"\n", b"\r\n")), A.file_name, 2, "annual_tax", "unwanted_character",
    ),
    "a lost character": (
        vouched(A, replace_first("太".encode(), b"\xef\xbf\xbd")), A.file_name, 2, "name_at_assessment",
        "unwanted_character",
    ),
    "a missing cell": (
        vouched(A, replace_first(b"put,", b"")), A.file_name, 2, None, "wrong_number_of_cells",
    ),
    "an extra cell": (
        vouched(C, lambda data: data[:-1] + b",1\n"), C.file_name, 2, None, "wrong_number_of_cells",
    ),
    "an empty line": (vouched(C, lambda data: data + b"\n"), C.file_name, 3, None, "wrong_number_of_cells"),
    "an open quote": (
        vouched(C, replace_first(b"resident", b'"resident')), C.file_name, 2, None, "broken_quotes",
    ),
    "an unknown code": (with_cell(A, assessment, liability="maybe"), A.file_name, 2, "liability", "bad_cell"),
    "an empty required cell": (
        with_cell(A, assessment, name_at_assessment=""), A.file_name, 2, "name_at_assessment", "required",
    ),
    "a negative amount": (with_cell(A, assessment, dividend_income=-1), A.file_name, 2, "dividend_income", "bad_cell"),
    "a fraction of a yen": (
        with_cell(A, assessment, dividend_income="1.5"), A.file_name, 2, "dividend_income", "bad_cell",
    ),
    "a leading zero": (with_cell(A, assessment, dividend_income="01"), A.file_name, 2, "dividend_income", "bad_cell"),
    "a year out of range": (with_cell(A, assessment, fiscal_year=26), A.file_name, 2, "fiscal_year", "bad_cell"),
    "a text too long": (
        with_cell(A, assessment, name_at_assessment="長" * 121), A.file_name, 2, "name_at_assessment", "too_long",
    ),
    "a day that is not": (
        with_cell(C, collection, statutory_due_date="2026-02-30"), C.file_name, 2, "statutory_due_date", "bad_cell",
    ),
    "a due date that is not": (
        with_cell(C, collection, due_dates="2026-06-30|2026-06-31"), C.file_name, 2, "due_dates", "bad_cell",
    ),
    "letters in a number": (
        with_cell(C, collection, addressee_number="00000000000000A"), C.file_name, 2, "addressee_number", "bad_cell",
    ),
    "deductions that do not add up": (
        with_cell(A, assessment, deduction_total=430_001), A.file_name, 2, "deduction_total", "sum",
    ),
    "a tax that does not add up": (with_cell(A, assessment, annual_tax=1), A.file_name, 2, "annual_tax", "sum"),
    "lists of different lengths": (
        with_cell(C, collection, installments="1|2|3"), C.file_name, 2, None, "uneven_lists",
    ),
    "installments that do not add up": (
        with_cell(C, collection, assessed_total=1), C.file_name, 2, "assessed_total", "sum",
    ),
    "more paid than assessed": (
        with_cell(C, collection, paid="1000|901", paid_total=1901), C.file_name, 2, "paid", "paid_above_assessed",
    ),
    "a plate on a resident tax": (
        with_cell(C, collection, plate_number="見本あ1"), C.file_name, 2, "plate_number", "not_a_vehicle",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_feed_is_reported_and_nothing_is_activated(untouched, tmp_path, kind):
    """Issue 2 item 4: file, line, column, reason; yesterday's generation keeps serving."""
    make, file, line, column, reason = WRONG[kind]
    before = state_of(untouched)
    report = take_in(untouched, make(tmp_path / "wrong"))
    assert report.outcome is ImportOutcome.REFUSED
    assert (file, line, column, reason) in [(p.file, p.line, p.column, p.reason) for p in report.problems]
    assert state_of(untouched) == before
    assert not any("見本" in str(problem) or "太郎" in str(problem) for problem in report.problems)


def test_of_a_removal_only_the_key_is_read(yesterday, tmp_path):
    """The contract: the other cells still parse, but nothing is concluded from them."""
    feed = broken_tax(tmp_path / "t2", rows=[assessment(change="remove", annual_tax=0)])
    assert take_in(yesterday, feed).outcome is ImportOutcome.ACTIVATED
    assert read(yesterday).assessment is None


def test_what_the_database_refuses_is_told_without_the_row(yesterday, tmp_path, monkeypatch):
    """The database quotes the row it stumbles over in its error; nobody else does."""
    monkeypatch.setattr("kofu.issuing.feeds.feed_files.check_rows", lambda *_: None)
    feed = broken_tax(tmp_path / "t2", notices=[collection(statutory_due_date="2026-02-30")])
    with pytest.raises(OurFault, match="22008") as fault:
        take_in(yesterday, feed)
    assert fault.value.__cause__ is None
    assert "2026-02-30" not in str(fault.value)


def test_the_first_hundred_problems_are_told_and_the_rest_counted(yesterday, tmp_path):
    rows = [assessment(f"{number:015d}", salary_income=-1) for number in range(250)]
    report = take_in(yesterday, broken_tax(tmp_path / "wrong", rows=rows))
    assert len(report.problems) == 100
    assert report.problem_count == 250
    assert [problem.line for problem in report.problems[:3]] == [2, 3, 4]


def test_verifying_finds_the_same_without_a_database(tmp_path):
    assert verify_feed(broken_tax(tmp_path / "right"), keys=KEYS).outcome is ImportOutcome.SOUND
    wrong = verify_feed(broken_tax(tmp_path / "wrong", rows=DOUBLE), keys=KEYS)
    assert [(problem.line, problem.reason) for problem in wrong.problems] == [(4, "duplicate_key")]
    with pytest.raises(OperatorFault, match="no folder"):
        verify_feed(tmp_path / "nowhere", keys=KEYS)


def test_kunitachi_missing_feed(yesterday, tmp_path):
    """A sender that forgot a source and vouches for the rest: only yesterday's rows tell (国立市, R6)."""
    many = [assessment(f"{number:015d}") for number in range(200)]
    assert take_in(yesterday, tax_feed(tmp_path / "many", many, generation=2)).outcome is ImportOutcome.ACTIVATED
    before = state_of(yesterday)
    few = tax_feed(tmp_path / "few", many[:100], generation=3)
    report = take_in(yesterday, few, judging=Judging())
    assert report.outcome is ImportOutcome.HELD
    beyond = {figure.name: (figure.before, figure.after) for figure in report.judgement.figures if figure.out_of_bounds}
    assert beyond["assessments"] == (200, 100)
    assert beyond["gone"][1] == 100
    assert state_of(yesterday) == before


def test_a_card_of_nobody_is_refused(yesterday, tmp_path):
    feed = resident_feed(tmp_path / "r2", [], [card("00b1", "000000000000009")], generation=2, base=1)
    assert [problem.reason for problem in take_in(yesterday, feed).problems] == ["unknown_holder"]


def test_cells_of_the_resident_feed_are_checked(yesterday, tmp_path):
    for column, cells in {
        "birthday": {"birthday": "1980-13-01"},
        "postal_code": {"postal_code": "160A022"},
        "status": {"status": "visitor"},
    }.items():
        feed = resident_feed(tmp_path / column, [resident(**cells)], generation=2, base=1)
        (problem,) = take_in(yesterday, feed).problems
        assert (problem.file, problem.line, problem.column) == (RESIDENTS.file_name, 2, column)


def test_a_difference_of_residents_is_taken_in(yesterday, tmp_path):
    """Regression: a table without rules over whole rows stopped the check of a difference."""
    feed = resident_feed(tmp_path / "r2", [resident(status="moved_out")], [card("00a3")], generation=2, base=1)
    assert take_in(yesterday, feed).outcome is ImportOutcome.ACTIVATED
    assert read(yesterday, "00a3").resident.status == "moved_out"


def test_two_loads_of_a_municipality_exclude_each_other_by_a_lock_of_the_database(yesterday, tmp_path):
    from kofu.issuing.feeds.feed_store import try_to_lock

    with yesterday() as other:
        assert try_to_lock(other, WARD)
        with pytest.raises(OperatorFault, match="another load"):
            take_in(yesterday, broken_tax(tmp_path / "next"))
    assert take_in(yesterday, tmp_path / "next").outcome is ImportOutcome.ACTIVATED
