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
from kofu.platform.feeds import FeedWriteError, discard_unfinished, open_feed, public_key, publish_sealed, signing_key
from kofu.platform.signed_manifests import FeedNotVouchedFor, read_signed_manifest

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


def lines(count: int) -> list[bytes]:
    return [f"put,{n:040x},0001,card,2026-11-23,2031-03-01,valid\n".encode() for n in range(count)]


def test_lines_that_are_csv_already_are_written_as_they_are(tmp_path) -> None:
    with begin(tmp_path) as feed:
        assert feed.table("card_certificates").write_lines(iter(lines(10_000))) == 10_000
    file = read(tmp_path).files[1]
    assert file.rows == 10_000
    assert (tmp_path / "feed" / file.name).read_bytes().partition(b"\n")[2] == b"".join(lines(10_000))


def test_control_totals_of_lines_are_read_from_the_bytes(tmp_path) -> None:
    """Quoted cells, empty ones and removals with them."""
    wide = ["put", "12", "345", "resident", "2026", "2026", "ordinary", "2026-06-30", '"見,本"', "", "0"]
    with begin(tmp_path, FeedKind.TAX) as feed:
        rows = [",".join([*wide, "1", "2026-06-30", "7000", "500", "7000", "500"]) + "\n" for _ in range(3)]
        feed.table("collections").write_lines([rows[0].encode(), "".join(rows[1:]).encode()])
    manifest = read_signed_manifest(tmp_path / "feed", public_key(tmp_path / "keys", FeedKind.TAX))
    file = next(file for file in manifest.files if file.name == "collections.csv")
    assert (file.rows, file.control_totals) == (3, {"assessed_total": 21_000, "paid_total": 1_500})


def test_lines_of_another_table_are_refused(tmp_path) -> None:
    with pytest.raises(FeedWriteError), begin(tmp_path) as feed:
        feed.table("card_certificates").write_lines([b"put,1,2\n"])


class DiedError(BaseException):
    """Stands for the end of the process."""


def test_a_feed_whose_seal_fails_leaves_nothing(tmp_path) -> None:
    def seal(manifest: Manifest, data: bytes) -> None:
        raise DiedError

    with pytest.raises(DiedError), begin(tmp_path, seal=seal):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys"]


def test_a_sealed_feed_gets_its_name_after_a_crash(tmp_path, monkeypatch) -> None:
    """The process dies between the seal and the renaming: what was sealed is published, by its manifest's digest."""
    sealed: list[bytes] = []

    def die(self: Path, target: Path) -> Path:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", die)
        with pytest.raises(DiedError), begin(tmp_path, seal=lambda _manifest, data: sealed.append(data)) as feed:
            feed.table("card_certificates").write_lines(lines(3))
    folder, digest = tmp_path / "feed", hashlib.sha256(sealed[0]).hexdigest()
    assert not folder.exists()
    assert not publish_sealed(folder, "0" * 64)
    assert publish_sealed(folder, digest)
    assert read(tmp_path).files[1].rows == 3
    assert publish_sealed(folder, digest), "already there"
    (folder / "card_certificates.csv").write_bytes(b"changed")
    assert not publish_sealed(folder, digest)


def test_what_broken_runs_left_is_deleted_by_its_name(tmp_path) -> None:
    for name in (".feed-0001.abc.unfinished", ".other.abc.unfinished"):
        (tmp_path / name).mkdir()
    assert discard_unfinished(tmp_path, "feed-") == 1
    assert [path.name for path in tmp_path.iterdir()] == [".other.abc.unfinished"]
