"""Small feeds for tests: rows that are right in every cell, changed one thing at a time."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kofu.contracts.feed import FeedKind, FeedMode, ManifestFile, Table, decode_manifest, encode_manifest
from kofu.contracts.feed_tables import ASSESSMENTS, tables_of
from kofu.contracts.issuing import SERIAL_DIGITS
from kofu.core.gates import USUAL_GATES, Bound
from kofu.issuing.feeds.judge import Judging
from kofu.platform.feeds import open_feed

WARD = "139998"
DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
SIGNING = {kind: Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)) for number, kind in enumerate(FeedKind, 1)}
KEYS = {kind: key.public_key() for kind, key in SIGNING.items()}

#: For tests of something else: two people are a ward here, any change of figures and any amount is all right.
ANY = Bound(permille=1_000_000_000, absolute=1_000_000_000)
UNBOUND = Judging(
    rules=lambda _table, _frame, _day: (),
    gates=replace(
        USUAL_GATES,
        rows=ANY,
        sums=ANY,
        states=ANY,
        events=ANY,
        corrections=ANY,
        gone=ANY,
        holds=ANY,
        misfits=ANY,
        misfits_refused=ANY,
        warnings=ANY,
    ),
)

Cells = dict[str, object]


def assessment(number: str = "000000000000001", year: int = 2026, **cells: object) -> Cells:
    row: Cells = {column.name: 0 for column in ASSESSMENTS.columns}
    row.update(
        change="put",
        addressee_number=number,
        fiscal_year=year,
        taxing_right=1,
        declaration="declared",
        liability="taxable",
        collection_method="ordinary",
        name_at_assessment="見本　太郎",
        address_at_assessment="東京都見本区一丁目1番1号",
        spouse_status="none",
        salary_revenue=5_000_000,
        salary_income=3_560_000,
        total_income=3_560_000,
        aggregate_income=3_560_000,
        basic_deduction=430_000,
        deduction_total=430_000,
        base_general=3_130_000,
        ward_income_levy=187_800,
        ward_per_capita_levy=3_000,
        metro_income_levy=125_200,
        metro_per_capita_levy=1_000,
        forest_environment_tax=1_000,
        annual_tax=318_000,
    )
    return row | cells


def collection(notice: str = "10000001", number: str = "000000000000001", year: int = 2026, **cells: object) -> Cells:
    row: Cells = {
        "change": "put",
        "notice_number": notice,
        "addressee_number": number,
        "tax": "resident",
        "fiscal_year": year,
        "origin_year": year,
        "collection_method": "ordinary",
        "statutory_due_date": f"{year}-06-30",
        "plate_number": "",
        "chassis_last4": "",
        "inspected": 0,
        "installments": "1|2",
        "due_dates": f"{year}-06-30|{year}-08-31",
        "assessed": "1000|900",
        "paid": "1000|0",
        "assessed_total": 1900,
        "paid_total": 1000,
    }
    return row | cells


def resident(number: str = "000000000000001", **cells: object) -> Cells:
    row: Cells = {
        "change": "put",
        "addressee_number": number,
        "status": "resident",
        "status_date": "2015-04-01",
        "resident_since": "2015-04-01",
        "name": "見本　太郎",
        "kana": "ミホン　タロウ",
        "birthday": "1980-02-??",
        "sex": "male",
        "postal_code": "1600022",
        "address": "東京都見本区一丁目1番1号",
        "foreigner": 0,
    }
    return row | cells


def serial_of(short: str) -> str:
    """Write the serial a test calls `00a1` as the contract wants it, in 32 digits."""
    return short.zfill(SERIAL_DIGITS)


def card(serial: str = "00a1", number: str = "000000000000001", **cells: object) -> Cells:
    row: Cells = {
        "change": "put",
        "serial": serial_of(serial),
        "addressee_number": number,
        "device": "card",
        "valid_from": "2022-01-01",
        "valid_to": "2027-01-01",
        "status": "valid",
    }
    return row | cells


def in_order(table: Table, cells: Cells) -> list[object]:
    return [cells[name] for name in table.column_names]


def write(
    folder: Path,
    kind: FeedKind,
    tables: dict[str, Iterable[Cells]],
    *,
    generation: int = 1,
    base: int | None = None,
    base_sha256: str | None = None,
    day: date = DAY,
    municipality: str = WARD,
) -> Path:
    with open_feed(
        folder,
        kind,
        municipality_code=municipality,
        generation=generation,
        mode=FeedMode.FULL if base is None else FeedMode.DIFFERENCE,
        base_generation=base,
        base_sha256=base_sha256,
        business_date=day,
        created_at=datetime(2026, 11, 22, 15, tzinfo=UTC),
        signing_key=SIGNING[kind],
    ) as feed:
        for table in tables_of(kind):
            feed.table(table.name).write_rows([in_order(table, row) for row in tables[table.name]])
    return folder


def tax_feed(folder: Path, assessments: Iterable[Cells] = (), collections: Iterable[Cells] = (), **how: object) -> Path:
    return write(folder, FeedKind.TAX, {"assessments": assessments, "collections": collections}, **how)


def resident_feed(folder: Path, residents: Iterable[Cells] = (), cards: Iterable[Cells] = (), **how: object) -> Path:
    return write(folder, FeedKind.RESIDENT, {"residents": residents, "card_certificates": cards}, **how)


def change_file(folder: Path, table: Table, change: Callable[[bytes], bytes], *, vouch: bool) -> None:
    """Change a file's bytes; where `vouch`, the manifest follows with size and checksum: the sender itself is wrong."""
    path = folder / table.file_name
    data = change(path.read_bytes())
    path.write_bytes(data)
    if vouch:
        change_stated(folder, table, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def change_stated(folder: Path, table: Table, **stated: object) -> None:
    """Change what the manifest says of a file, and sign it again."""

    def changed(file: ManifestFile) -> ManifestFile:
        return msgspec.structs.replace(file, **stated) if file.name == table.file_name else file

    manifest = decode_manifest((folder / "manifest.json").read_bytes())
    change_manifest(folder, files=tuple(changed(file) for file in manifest.files))


def change_manifest(folder: Path, **fields: object) -> None:
    """Change the manifest and sign it again with the key of its kind before the change."""
    manifest = decode_manifest((folder / "manifest.json").read_bytes())
    data = encode_manifest(msgspec.structs.replace(manifest, **fields))
    (folder / "manifest.json").write_bytes(data)
    (folder / "manifest.sig").write_bytes(base64.b64encode(SIGNING[manifest.kind].sign(data)))
