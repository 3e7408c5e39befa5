"""platform.feeds: a feed is there as a whole, vouched for, or not at all."""

from __future__ import annotations

import csv
import hashlib
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from kofu.contracts.feed import FeedKind, FeedMode, Manifest
from kofu.contracts.feed_tables import CARD_CERTIFICATES, RESIDENTS
from kofu.platform.feeds import (
    FeedNotVouchedFor,
    FeedWriteError,
    open_feed,
    public_key,
    read_signed_manifest,
    signing_key,
)

DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 3, tzinfo=UTC)


def begin(tmp_path: Path, kind: FeedKind = FeedKind.RESIDENT, **changed):
    arguments = {
        "municipality_code": "131041",
        "generation": 1,
        "mode": FeedMode.FULL,
        "base_generation": None,
        "business_date": DAY,
        "created_at": AT,
        "signing_key": signing_key(tmp_path / "keys", kind),
    }
    return open_feed(tmp_path / "feed", kind, **(arguments | changed))


def certificate(serial: str) -> tuple:
    return ("put", serial, "0001", "card", DAY, date(2031, 3, 1), "valid")


def read(tmp_path: Path) -> Manifest:
    return read_signed_manifest(tmp_path / "feed", public_key(tmp_path / "keys", FeedKind.RESIDENT))


def test_the_manifest_vouches_for_every_file_byte_by_byte(tmp_path) -> None:
    with begin(tmp_path) as feed:
        feed.table("card_certificates").write_rows(certificate(f"{n:040x}") for n in range(10_000))
    manifest = read(tmp_path)
    assert [file.name for file in manifest.files] == ["residents.csv", "card_certificates.csv"]
    for file in manifest.files:
        data = (tmp_path / "feed" / file.name).read_bytes()
        assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert file.rows == data.count(b"\n") - 1


def test_control_totals_are_the_sums_of_the_columns_the_contract_names(tmp_path) -> None:
    table = "collections"
    row = ("put", "1", "1", "resident", 2026, 2026, "ordinary", DAY, None, None, 0, "1", DAY, "1000", "400")
    with begin(tmp_path, FeedKind.TAX) as feed:
        feed.table(table).write_row((*row, 1000, 400))
        feed.table(table).write_row((*row[:1], "2", *row[2:], 2000, 0))
    manifest = read_signed_manifest(tmp_path / "feed", public_key(tmp_path / "keys", FeedKind.TAX))
    assert manifest.files[1].control_totals == {"assessed_total": 3000, "paid_total": 400}


def test_a_table_nobody_wrote_to_is_there_with_its_header(tmp_path) -> None:
    with begin(tmp_path):
        pass
    lines = (tmp_path / "feed" / "residents.csv").read_text(encoding="utf-8").splitlines()
    assert lines == [",".join(RESIDENTS.column_names)]


def test_cells_with_commas_quotes_and_variation_selectors_come_back_as_they_went_in(tmp_path) -> None:
    """RFC 4180; names are never normalised."""
    name = '渡邉\U000e0110,"が"か\u3099'
    with begin(tmp_path) as feed:
        feed.table("residents").write_row(
            ("put", "01", "resident", DAY, DAY, name, None, "1950-??-??", "female", "0000001", "一, 二", 0)
        )
    with (tmp_path / "feed" / "residents.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["name"] == name
    assert (rows[0]["address"], rows[0]["kana"], rows[0]["status_date"]) == ("一, 二", "", "2026-11-23")


def test_a_data_frame_is_written_like_the_same_rows(tmp_path) -> None:
    rows = [certificate(f"{n:x}") for n in range(3)]
    with begin(tmp_path) as feed:
        feed.table("card_certificates").write_rows(rows)
    by_rows = (tmp_path / "feed").rename(tmp_path / "by-rows")
    with begin(tmp_path) as feed:
        feed.table("card_certificates").write_frame(
            pl.DataFrame(rows, schema=list(CARD_CERTIFICATES.column_names), orient="row")
        )
    for name in ("card_certificates.csv", "manifest.json", "manifest.sig"):
        assert (by_rows / name).read_bytes() == (tmp_path / "feed" / name).read_bytes()


def interrupted(tmp_path: Path, error: BaseException) -> None:
    with begin(tmp_path) as feed:
        feed.table("card_certificates").write_row(certificate("a"))
        raise error


@pytest.mark.parametrize("error", [RuntimeError("power"), KeyboardInterrupt()])
def test_a_feed_interrupted_half_way_leaves_nothing_behind(tmp_path, error) -> None:
    """P6: whole or not at all."""
    with pytest.raises(type(error)):
        interrupted(tmp_path, error)
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_a_feed_is_never_written_over(tmp_path) -> None:
    with begin(tmp_path):
        pass
    with pytest.raises(FileExistsError), begin(tmp_path):
        pass
    assert read(tmp_path).generation == 1


def test_a_changed_manifest_is_not_vouched_for(tmp_path) -> None:
    with begin(tmp_path):
        pass
    path = tmp_path / "feed" / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"generation": 1', b'"generation": 2'))
    with pytest.raises(FeedNotVouchedFor, match="InvalidSignature"):
        read(tmp_path)


def write_row(tmp_path: Path, table: str, row: tuple) -> None:
    with begin(tmp_path) as feed:
        feed.table(table).write_row(row)


@pytest.mark.parametrize("table", ["card_certificates", "collections"])
def test_a_row_that_does_not_fit_and_a_table_of_the_other_feed_are_refused(tmp_path, table) -> None:
    with pytest.raises(FeedWriteError):
        write_row(tmp_path, table, ("put", "a"))


@pytest.mark.parametrize(
    "changed",
    [{"mode": FeedMode.DIFFERENCE}, {"base_generation": 1}, {"created_at": AT.replace(tzinfo=None)}],
    ids=["difference without base", "full with base", "naive instant"],
)
def test_arguments_that_contradict_each_other_are_refused(tmp_path, changed) -> None:
    with pytest.raises(FeedWriteError), begin(tmp_path, **changed):
        pass


def test_the_signing_key_is_made_once_and_is_readable_by_its_owner_only(tmp_path) -> None:
    first = signing_key(tmp_path, FeedKind.TAX)
    assert signing_key(tmp_path, FeedKind.TAX).private_bytes_raw() == first.private_bytes_raw()
    assert stat.S_IMODE((tmp_path / "feed-tax.pem").stat().st_mode) == 0o600
