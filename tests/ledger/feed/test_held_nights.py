"""A night is judged softly, too: figures beyond their bounds hold it until two people let exactly these pass."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.ledger.feed.night_payments import pay_something
from tests.ledger.feeding import CODE, DAY, NOW, fed_ledger, key_of, night, opened, small_ward

from kofu.contracts.feed import FeedMode
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS
from kofu.core.errors import OperatorFault, OurFault
from kofu.core.gates import USUAL_GATES, Bound
from kofu.judgement.change import FIGURES
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.feed import held_nights
from kofu.ledger.feed.announce import announce
from kofu.ledger.feed.domain.held_nights import HeldState
from kofu.ledger.feed.feed_figures import state_figures
from kofu.ledger.feed.held_nights import HeldNight, NightHeldError
from kofu.platform.postgres import SystemDatabase
from kofu.platform.signed_manifests import FeedNotVouchedFor
from kofu.ward.make import MadeWard

pytestmark = pytest.mark.storage

NOTHING_MOVES = Bound(permille=0, absolute=0)
STRICT = replace(USUAL_GATES, sums=NOTHING_MOVES)
NEXT, AFTER = DAY + timedelta(days=1), DAY + timedelta(days=2)


@pytest.fixture(scope="module")
def ward(tmp_path_factory) -> MadeWard:
    return small_ward(tmp_path_factory.mktemp("ward"))


@pytest.fixture
def database(system_database, ward: MadeWard) -> SystemDatabase:
    return fed_ledger(system_database, ward)


def by(actor: str) -> Acting:
    return Acting(actor, "test", NOW)


def words(actor: str) -> str:
    return f"納付済額の増を {actor} が収納係の日計と突合した。"


def held(database: SystemDatabase, number: int) -> HeldNight:
    with opened(database) as connection:
        found = held_nights.read_held(connection, CODE, number)
    assert found is not None
    return found


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def doubtful(database, ward: MadeWard, tmp_path: Path) -> int:
    """A night, then one in which money came in where the ward lets nothing move; give the number it is held by."""
    night(database, tmp_path, key_of(ward), gates=STRICT)
    pay_something(database)
    with pytest.raises(NightHeldError) as raised:
        night(database, tmp_path, key_of(ward), day=NEXT, gates=STRICT)
    return raised.value.held_id


def state(database: SystemDatabase) -> list[tuple[str, int | None]]:
    with opened(database) as connection:
        return connection.execute("SELECT state, generation FROM feed_run ORDER BY started_at, id").fetchall()


def test_the_figures_of_a_night_are_those_of_the_feed_it_wrote(database, ward: MadeWard, tmp_path: Path) -> None:
    """Of a full feed every figure can be counted again from its files; they are kept with the generation."""
    report = night(database, tmp_path, key_of(ward))
    assessments, collections = rows(report.folder, "assessments"), rows(report.folder, "collections")
    with opened(database) as connection:
        figures = state_figures(connection, CODE)
        kept = connection.execute("SELECT figures FROM feed_generation WHERE generation = 2").fetchone()[0]
    resident = [one for one in collections if one["tax"] == "resident"]
    assert figures["assessments"] == len(assessments) > 0
    assert figures["annual_tax"] == sum(int(one["annual_tax"]) for one in assessments)
    assert figures["undeclared"] == sum(one["declaration"] != "declared" for one in assessments)
    assert figures["resident_notices"] == len(resident) > 0
    assert figures["resident_assessed"] == sum(int(one["assessed_total"]) for one in resident)
    assert figures["resident_unpaid"] == sum(int(one["paid_total"]) < int(one["assessed_total"]) for one in resident)
    assert figures["light_vehicle_paid"] == sum(
        int(one["paid_total"]) for one in collections if one["tax"] == "light_vehicle"
    )
    assert figures.items() <= kept.items()
    assert {name for name in kept if not name.startswith("warning:")} <= set(FIGURES)


def test_figures_beyond_their_bounds_hold_the_night_and_nothing_leaves(
    database, ward: MadeWard, tmp_path: Path, doubtful
) -> None:
    assert [path.name for path in tmp_path.iterdir()] == ["tax-000002"]
    found = held(database, doubtful)
    beyond = {figure.name for figure in found.figures if figure.out_of_bounds}
    assert beyond in ({"resident_paid"}, {"light_vehicle_paid"})
    assert (found.stands, found.business_date, found.mode, found.before) == (HeldState.HELD, NEXT, "difference", 2)
    assert [one[0] for one in state(database)].count("held") == 1
    with opened(database) as connection:
        assert connection.execute("SELECT max(generation) FROM feed_generation").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM fed_collection WHERE generation > 2").fetchone() == (0,)
    with pytest.raises(NightHeldError) as again:
        night(database, tmp_path, key_of(ward), day=NEXT, gates=STRICT)
    assert again.value.held_id == doubtful, "the same figures wait once"


def test_twin_without_bounds_the_same_night_leaves(database, ward: MadeWard, tmp_path: Path) -> None:
    night(database, tmp_path, key_of(ward), gates=STRICT)
    pay_something(database)
    far = replace(STRICT, sums=Bound(permille=1000, absolute=10**12))
    assert night(database, tmp_path, key_of(ward), day=NEXT, gates=far).generation == 3


@pytest.mark.parametrize("full", [False, True])
def test_two_people_let_exactly_these_figures_pass_and_the_next_run_writes_them(
    database, ward: MadeWard, tmp_path: Path, doubtful, full
) -> None:
    """Full and difference alike: what is let pass are the figures of the day, however the feed states them."""
    with opened(database) as connection:
        assert not held_nights.release_figures(connection, CODE, doubtful, words("hanako"), by("hanako"))
        with pytest.raises(NightHeldError):
            night(database, tmp_path, key_of(ward), day=NEXT, gates=STRICT)
        with pytest.raises(OperatorFault, match="same person"):
            held_nights.release_figures(connection, CODE, doubtful, words("another look"), by("hanako"))
        assert held_nights.release_figures(connection, CODE, doubtful, words("taro"), by("taro"))
    report = night(database, tmp_path, key_of(ward), day=NEXT, gates=STRICT, full=full)
    assert (report.generation, report.mode) == (3, FeedMode.FULL if full else FeedMode.DIFFERENCE)
    assert held(database, doubtful).stands is HeldState.WRITTEN
    with opened(database) as connection:
        said = [one.by for one in held_nights.words_on(connection, doubtful)]
        actions = connection.execute(
            "SELECT count(*) FROM audit_entry WHERE body::json->>'action' = 'feed.figures.release'"
        ).fetchone()[0]
    assert said == ["hanako", "taro"]
    assert actions == 2


def test_figures_that_changed_after_they_were_let_pass_are_held_anew(
    database, ward: MadeWard, tmp_path: Path, doubtful
) -> None:
    with opened(database) as connection:
        for person in ("hanako", "taro"):
            held_nights.release_figures(connection, CODE, doubtful, words(person), by(person))
    with pytest.raises(NightHeldError) as later:
        night(database, tmp_path, key_of(ward), day=AFTER, gates=STRICT)
    assert later.value.held_id != doubtful, "another business date"
    pay_something(database)
    with pytest.raises(NightHeldError) as changed:
        night(database, tmp_path, key_of(ward), day=NEXT, gates=STRICT)
    assert changed.value.held_id not in {doubtful, later.value.held_id}, "other figures"


def test_figures_that_were_sent_back_never_leave_by_that_word_and_can_be_looked_at_anew(
    database, ward: MadeWard, tmp_path: Path, doubtful
) -> None:
    with opened(database) as connection:
        held_nights.send_back(connection, CODE, doubtful, words("hanako"), by("hanako"))
        assert held(database, doubtful).stands is HeldState.SENT_BACK
        with pytest.raises(OperatorFault) as raised:
            held_nights.release_figures(connection, CODE, doubtful, words("taro"), by("taro"))
        assert raised.value.code == "held_state"
    with pytest.raises(NightHeldError) as again:
        night(database, tmp_path, key_of(ward), day=NEXT, gates=STRICT)
    assert again.value.held_id != doubtful


def test_the_database_itself_wants_two_people(database, doubtful) -> None:
    with opened(database) as connection:
        with pytest.raises(psycopg.errors.RaiseException, match="two people"):
            connection.execute("UPDATE held_night SET state = 'released'")
        with pytest.raises(psycopg.errors.RaiseException, match="do not go"):
            connection.execute("UPDATE held_night SET state = 'written'")
    with (
        psycopg.connect(database.owner_url, autocommit=True) as owner,
        pytest.raises(psycopg.errors.RaiseException, match="never removed"),
    ):
        owner.execute("DELETE FROM held_night")


def test_a_figure_is_compared_with_the_same_weekday_a_week_before_too(database, ward: MadeWard, tmp_path: Path) -> None:
    """What crept up by a little every night shows against the week before."""
    sums = replace(USUAL_GATES, sums=Bound(permille=0, absolute=1_000))
    night(database, tmp_path, key_of(ward), gates=sums)
    night(database, tmp_path, key_of(ward), day=NEXT, gates=sums)
    with opened(database) as connection:
        connection.execute(
            "UPDATE feed_generation SET figures = jsonb_set(figures, '{annual_tax}', '1') WHERE generation = 2"
        )
    with pytest.raises(NightHeldError) as raised:
        night(database, tmp_path, key_of(ward), day=DAY + timedelta(days=7), gates=sums)
    (beyond,) = [one for one in held(database, raised.value.held_id).figures if one.out_of_bounds]
    assert (beyond.name, beyond.week_before, beyond.before) == ("annual_tax", 1, beyond.after)
    assert night(database, tmp_path, key_of(ward), day=NEXT + timedelta(days=7), gates=sums).generation == 4


def move_notice(database: SystemDatabase) -> tuple[str, str]:
    """Another hand gives a notice to another person; give both numbers."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        one = owner.execute(
            "SELECT notice.id, notice.addressee_number, other.addressee_number FROM notice, taxpayer AS other"
            " WHERE other.addressee_number <> notice.addressee_number ORDER BY notice.id, 3 LIMIT 1"
        ).fetchone()
        assert one is not None
        owner.execute("ALTER TABLE notice DISABLE TRIGGER USER")
        owner.execute("UPDATE notice SET addressee_number = %s WHERE id = %s", [one[2], one[0]])
        owner.execute("ALTER TABLE notice ENABLE TRIGGER USER")
    return one[1], one[2]


@pytest.mark.parametrize("full", [False, True])
def test_a_notice_that_changed_its_person_without_a_merge_fails_the_night(
    database, ward: MadeWard, tmp_path: Path, full
) -> None:
    night(database, tmp_path, key_of(ward))
    before, now = move_notice(database)
    with pytest.raises(OurFault) as raised:
        night(database, tmp_path, key_of(ward), day=NEXT, full=full)
    assert raised.value.code == f"judged notice_changed_person {COLLECTIONS.file_name} 1"
    assert before not in str(raised.value)
    assert now not in str(raised.value)
    with opened(database) as connection:
        merge = "00000000-0000-4000-8000-000000000001"
        connection.execute(
            "INSERT INTO addressee_merge (id, municipality_code, from_number, into_number, reason, proposed_by)"
            " VALUES (%s, %s, %s, %s, '同一人', 'clerk')",
            [merge, CODE, before, now],
        )
        connection.execute(
            "INSERT INTO addressee_merge_event (merge_id, event, actor, reason) VALUES (%s, 'approved', 'chief', '')",
            [merge],
        )
    assert night(database, tmp_path, key_of(ward), day=NEXT, full=full, gates=FAR).generation == 3


FAR = replace(
    USUAL_GATES,
    **dict.fromkeys(("rows", "sums", "states", "events", "misfits", "warnings"), Bound(permille=0, absolute=10**12)),
)


def restate(database: SystemDatabase, names: dict[str, str]) -> None:
    """State assessments anew under other names: a new version each, as a file of 賦課証明情報 would."""
    columns = ", ".join(name for name in ASSESSMENTS.column_names if name not in {"change", "name_at_assessment"})
    with opened(database) as connection:
        for number, name in names.items():
            connection.execute(
                "INSERT INTO assessment_statement (municipality_code, version, removed, reason, source, actor,"
                f" name_at_assessment, {columns}) SELECT municipality_code, version + 1, false, '', 'test', 'test',"
                f" %s, {columns} FROM assessment_statement WHERE addressee_number = %s AND fiscal_year = 2026",
                [name, number],
            )


def people(database: SystemDatabase) -> dict[str, str]:
    with opened(database) as connection:
        return dict(
            connection.execute(
                "SELECT addressee_number, taxpayer.name FROM stated_assessments JOIN taxpayer"
                " USING (municipality_code, addressee_number) WHERE fiscal_year = 2026 ORDER BY 1"
            ).fetchall()
        )


@pytest.mark.parametrize("full", [False, True])
def test_one_name_that_is_not_the_ledgers_holds_the_night_and_a_changed_family_name_does_not(
    database, ward: MadeWard, tmp_path: Path, full
) -> None:
    night(database, tmp_path, key_of(ward))
    (first, name), (second, _), *_ = people(database).items()
    restate(database, {first: f"{chr(0x4F50)}々木　{name.split(chr(0x3000))[-1]}"})
    assert night(database, tmp_path, key_of(ward), day=NEXT, full=full).generation == 3
    restate(database, {second: "別人　次郎左衛門"})
    with pytest.raises(NightHeldError) as raised:
        night(database, tmp_path, key_of(ward), day=AFTER, full=full)
    beyond = {one.name for one in held(database, raised.value.held_id).figures if one.out_of_bounds}
    assert beyond == {"names_misfit"}


def test_names_moved_between_people_fail_the_night(database, ward: MadeWard, tmp_path: Path) -> None:
    night(database, tmp_path, key_of(ward))
    known = people(database)
    shifted = dict(zip(known, [*list(known.values())[1:], next(iter(known.values()))], strict=True))
    restate(database, shifted)
    with pytest.raises(OurFault, match="can never be") as raised:
        night(database, tmp_path, key_of(ward), day=NEXT)
    assert raised.value.code.startswith(f"judged names_do_not_fit {ASSESSMENTS.file_name} ")


# -- the announcement -------------------------------------------------------------------------------------------------


def told(database: SystemDatabase, ward: MadeWard, out: Path, day: date = DAY, *, full: bool = False):
    return announce(
        lambda: psycopg.connect(database.app_url, autocommit=True),
        municipality_code=CODE,
        out=out,
        business_date=day,
        key=key_of(ward),
        actor="test",
        clock=lambda: NOW,
        full=full,
    )


def test_what_is_announced_is_what_the_night_writes_to_the_row_and_the_yen(
    database, ward: MadeWard, tmp_path: Path
) -> None:
    for day, full in ((DAY, False), (NEXT, False), (AFTER, True)):
        said = told(database, ward, tmp_path, day, full=full)
        report = night(database, tmp_path, key_of(ward), day=day, full=full)
        assert said is not None
        assert {one.name: (one.rows, one.control_totals) for one in said.files} == {
            one.name: (one.rows, one.control_totals) for one in report.files
        }
        assert said.generation == report.generation
        pay_something(database)
    with opened(database) as connection:
        assert connection.execute("SELECT count(*) FROM fed_collection WHERE generation > 4").fetchone() == (0,)


def test_a_night_that_is_not_what_was_announced_does_not_leave_until_it_is_announced_anew(
    database, ward: MadeWard, tmp_path: Path
) -> None:
    told(database, ward, tmp_path)
    pay_something(database)
    with pytest.raises(OperatorFault) as raised:
        night(database, tmp_path, key_of(ward))
    assert raised.value.code == "announced_otherwise"
    told(database, ward, tmp_path)
    assert night(database, tmp_path, key_of(ward)).generation == 2


def test_an_announcement_of_another_hand_is_not_the_ledgers(database, ward: MadeWard, tmp_path: Path) -> None:
    told(database, ward, tmp_path)
    path = tmp_path / "tax-000002.announcement.json"
    path.write_bytes(path.read_bytes().replace(b'"rows"', b'"rows" ', 1))
    with pytest.raises(FeedNotVouchedFor, match="announce the feed again"):
        night(database, tmp_path, key_of(ward))
