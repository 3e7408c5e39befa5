"""移行: the ledger holds what the system before it knew, whole or not at all, and stands up to its checker."""

from __future__ import annotations

import base64
import csv
import hashlib
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest

from kofu.contracts.feed import FeedKind, decode_manifest, encode_manifest
from kofu.core.errors import KofuError, OperatorFault
from kofu.core.transposition import read_tables
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.taking_over import take_over as module
from kofu.ledger.taking_over.bulk_load import put_back, set_aside
from kofu.ledger.taking_over.take_over import take_over
from kofu.platform.feeds import public_key, signing_key
from kofu.ward.make import MadeWard, make_ward
from kofu.ward.people import Municipality, WardPlan

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def ward(tmp_path_factory) -> MadeWard:
    folder = tmp_path_factory.mktemp("ward")
    plan = WardPlan(
        municipality=Municipality(code="139998", name="東京都見本区"), seed=7, size=200, day=date(2026, 11, 20)
    )
    return make_ward(folder, plan, created_at=datetime(2026, 11, 20, 12, tzinfo=UTC), keys=folder / "keys")


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").owner_url, autocommit=True) as opened:
        yield opened


def run(connection: psycopg.Connection, ward: MadeWard, tax_feed: Path | None = None):
    folder = ward.at.folder
    return take_over(
        connection,
        tax_feed=tax_feed or ward.at.tax_feed,
        resident_feed=ward.at.resident_feed,
        keys={kind: public_key(folder / "keys", kind) for kind in FeedKind},
        actor="test",
    )


def test_every_notice_is_taken_over_and_the_ledger_holds(connection, ward: MadeWard) -> None:
    taken = run(connection, ward)
    assert taken.taxpayers == ward.people
    assert taken.notices == ward.collections
    assert taken.claims > taken.notices
    assert 0 < taken.paid < taken.assessed
    report = verify_ledger(connection, every_step=True)
    assert report.holds, report.differences


def test_what_a_person_paid_lies_side_by_side(connection, ward: MadeWard) -> None:
    """Ids grow with the rows of the feed, so that a person's page reads few pages of each index."""
    run(connection, ward)
    payments = [
        row[0]
        for row in connection.execute(
            "SELECT payment.id FROM payment JOIN notice USING (municipality_code, notice_number)"
            " JOIN claim ON claim.notice_id = notice.id AND claim.installment = payment.installment ORDER BY claim.id"
        )
    ]
    assert payments == sorted(payments)
    entries = [row[0] for row in connection.execute("SELECT id FROM entry")]
    assert {made.version for made in (*payments, *entries)} == {7}


def test_taking_over_twice_changes_nothing(connection, ward: MadeWard) -> None:
    first = run(connection, ward)
    assert run(connection, ward) == first


def test_a_run_that_was_broken_off_goes_on_with_what_is_missing(connection, ward: MadeWard, monkeypatch) -> None:
    monkeypatch.setattr(module, "NOTICES_PER_GROUP", 50)

    def stop(done: int, everything: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_over(
            connection,
            tax_feed=ward.at.tax_feed,
            resident_feed=ward.at.resident_feed,
            keys={kind: public_key(ward.at.folder / "keys", kind) for kind in FeedKind},
            actor="test",
            progress=stop,
        )
    assert connection.execute("SELECT count(*) FROM notice").fetchone() == (50,)
    assert run(connection, ward).notices == ward.collections
    assert verify_ledger(connection).holds


def test_a_changed_file_is_refused_before_anything_is_posted(connection, ward: MadeWard, tmp_path: Path) -> None:
    spoilt = tmp_path / "tax"
    spoilt.mkdir()
    for file in ward.at.tax_feed.iterdir():
        data = file.read_bytes()
        (spoilt / file.name).write_bytes(data.replace(b"ordinary", b"pension", 1) if file.suffix == ".csv" else data)
    with pytest.raises(KofuError, match="not the file its manifest"):
        run(connection, ward, spoilt)
    assert connection.execute("SELECT count(*) FROM notice").fetchone() == (0,)


def test_a_ledger_in_use_takes_nothing_over(connection, ward: MadeWard) -> None:
    connection.execute(
        "INSERT INTO entry (id, kind, effective_on, booked_on, actor, source, reason, detail)"
        " VALUES (gen_random_uuid(), 'waived', now(), now(), 'test', '窓口', '', '{}')"
    )
    with pytest.raises(OperatorFault, match="entries of its own"):
        run(connection, ward)


def structure(connection) -> set[str]:
    """Every key, reference and index of the ledger, as the database states it."""
    rows = connection.execute(
        "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid <> 0 UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
    ).fetchall()
    return {row[0] for row in rows}


def test_keys_references_and_indexes_are_all_there_again_after_a_run_that_was_broken_off(
    connection, ward: MadeWard, monkeypatch
) -> None:
    """And are away meanwhile: nothing can be posted to half a ledger."""
    before = structure(connection)
    test_a_run_that_was_broken_off_goes_on_with_what_is_missing(connection, ward, monkeypatch)
    assert structure(connection) == before


def test_half_a_ledger_cannot_be_posted_to(connection) -> None:
    before = structure(connection)
    set_aside(connection)
    assert len(structure(connection)) < len(before)
    with pytest.raises(psycopg.errors.InvalidColumnReference):
        connection.execute(
            "INSERT INTO claim_balance (claim_id, settled_on) SELECT 1, NULL ON CONFLICT (claim_id) DO NOTHING"
        )
    put_back(connection)
    assert structure(connection) == before


def rewritten(folder: Path, to: Path, kind: FeedKind, old: str, new: str) -> Path:
    """The ward's feed again, signed anew, with one text in place of another."""
    shutil.copytree(folder, to)
    for file in to.glob("*.csv"):
        file.write_bytes(file.read_bytes().replace(old.encode(), new.encode()))
    manifest = decode_manifest((to / "manifest.json").read_bytes())
    files = tuple(
        msgspec.structs.replace(
            one,
            bytes=(to / one.name).stat().st_size,
            sha256=hashlib.sha256((to / one.name).read_bytes()).hexdigest(),
        )
        for one in manifest.files
    )
    data = encode_manifest(msgspec.structs.replace(manifest, files=files))
    (to / "manifest.json").write_bytes(data)
    key = signing_key(folder.parent / "keys", kind)
    (to / "manifest.sig").write_bytes(base64.b64encode(key.sign(data)))
    return to


def test_codes_of_the_system_before_are_put_as_the_municipalitys_table_says(
    connection, ward: MadeWard, tmp_path: Path
) -> None:
    """外字: U+E123 stands for 田 with a selector; every text that bears it is put, and counted, and no other is."""
    tables = read_tables([("gaiji.csv", b"from,to,mj_name,relation,source\nU+E123,U+7530 U+E0102,,same,ledger 1\n")])
    feeds = [
        rewritten(folder, tmp_path / kind, kind, "田", "\ue123")
        for kind, folder in ((FeedKind.TAX, ward.at.tax_feed), (FeedKind.RESIDENT, ward.at.resident_feed))
    ]
    texts = [
        text
        for file, columns in (
            (feeds[0] / "assessments.csv", ("name_at_assessment", "address_at_assessment")),
            (feeds[1] / "residents.csv", ("name", "address")),
        )
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
        for text in (row[column] for column in columns)
    ]
    taken = take_over(
        connection,
        tax_feed=feeds[0],
        resident_feed=feeds[1],
        keys={kind: public_key(ward.at.folder / "keys", kind) for kind in FeedKind},
        actor="test",
        transposition=tables,
    )
    assert taken.transposed == {"\ue123": sum(text.count("\ue123") for text in texts)}
    assert taken.transposed["\ue123"] > 0
    held = connection.execute(
        "SELECT name FROM taxpayer UNION ALL SELECT address FROM taxpayer"
        " UNION ALL SELECT name_at_assessment FROM assessment_statement"
        " UNION ALL SELECT address_at_assessment FROM assessment_statement"
    ).fetchall()
    assert sorted(text for (text,) in held) == sorted(text.replace("\ue123", "田\U000e0102") for text in texts)
