"""Bad feeds by name: what went wrong at a sender that signs, counts and sums its mistake without a flaw.

A fault is a pure change of the tables of a sound full feed. `make_fault` writes the changed tables as the next
generation, signed with the sender's own key, so that nothing but a judgement of the content can find it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl

from kofu.contracts.announcement import AnnouncedFile, Announcement
from kofu.contracts.feed import FeedKind, FeedMode, Manifest, Table
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, RESIDENTS, tables_of
from kofu.core.errors import OperatorFault
from kofu.platform.feeds import open_feed, public_key, signing_key, write_announcement
from kofu.platform.signed_manifests import read_signed_manifest
from kofu.ward.arithmetic_faults import ARITHMETIC_FAULTS
from kofu.ward.mixed_faults import MIXED_FAULTS

Tables = Mapping[str, pl.DataFrame]
Change = Callable[[pl.DataFrame], pl.DataFrame]

DAY = timedelta(days=1)
MISSING_EVERY = 20
MISSING_OF_THEM = 3  # 3 of 20: 15 %
PLACEHOLDER_NAMES = ("〓田　花子", "■　太郎", "□藤　一郎", "●　進", "？本　陽子", "＊", "⿰木木　誠", "\u3000\u3000")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFault:
    """A fault by its name: which feed it is in, what it is in words, and what it makes of the tables.

    `days_late`: how many days before the sound feed its data were read.
    """

    name: str
    kind: FeedKind
    what: str
    change: Callable[[Tables], Tables]
    days_late: int = 0


def in_table(table: Table, change: Change) -> Callable[[Tables], Tables]:
    """Make the change of one table a change of all; cells are text, as in the file."""
    return lambda tables: {**tables, table.name: change(tables[table.name])}


def exchange_people(frame: pl.DataFrame) -> pl.DataFrame:
    """Exchange the 宛名番号 of the first two people who have different names."""
    one, other = _two_people(frame)
    number = pl.col("addressee_number")
    return frame.with_columns(
        pl.when(number == one).then(pl.lit(other)).when(number == other).then(pl.lit(one)).otherwise(number)
        .alias("addressee_number")
    )  # fmt: skip


def rotate(columns: Sequence[str], people: int = 2, among: pl.Expr | None = None) -> Change:
    """Pass the cells of `columns` round among the first people's rows, of `among`, no two of which have the same."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        rows = frame.with_row_index("place")
        chosen = (rows if among is None else rows.filter(among)).unique("addressee_number", maintain_order=True)
        chosen = chosen.unique(columns, keep="first", maintain_order=True)
        places = chosen["place"].to_list()[:people]
        taken = dict(zip(places, [*places[1:], places[0]], strict=True))
        order = [taken.get(place, place) for place in range(frame.height)]
        return frame.with_columns(frame[column].gather(order) for column in columns)

    return change


def rotate_people(people: int) -> Change:
    """Pass the 宛名番号 round among the first people of different names, each with all rows."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        numbers = frame["addressee_number"].unique(maintain_order=True).to_list()[:people]
        return frame.with_columns(pl.col("addressee_number").replace(numbers, [*numbers[1:], numbers[0]]))

    return change


def shift(column: str) -> Change:
    """Move the cells of a column down by one row; the first gets the last one's."""
    return lambda frame: frame.with_columns(
        pl.concat([frame[column].tail(1), frame[column].head(frame.height - 1)]).alias(column)
    )


def _two_people(frame: pl.DataFrame) -> tuple[str, str]:
    numbers = frame["addressee_number"].unique(maintain_order=True)
    return numbers[0], numbers[len(numbers) // 2]


def _pay_all(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(paid=pl.col("assessed"), paid_total=pl.col("assessed_total"))


def _times_ten(frame: pl.DataFrame) -> pl.DataFrame:
    def tenfold(column: str) -> pl.Expr:
        parts = pl.col(column).str.split("|").cast(pl.List(pl.Int64)) * 10
        return parts.cast(pl.List(pl.String)).list.join("|").alias(column)

    changed = frame.with_columns(tenfold(column) for column in ("assessed", "paid", "assessed_total", "paid_total"))
    return pl.concat([changed.filter(pl.col("tax") == "resident"), frame.filter(pl.col("tax") != "resident")])


def _lose_notices(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_row_index("place").filter(pl.col("place") % MISSING_EVERY >= MISSING_OF_THEM).drop("place")


def _placeholders(frame: pl.DataFrame) -> pl.DataFrame:
    names = list(frame["name"])
    names[: len(PLACEHOLDER_NAMES)] = PLACEHOLDER_NAMES[: len(names)]
    return frame.with_columns(pl.Series("name", names))


#: The newest year that every person of the made wards has.
_NEWEST = pl.col("fiscal_year") == pl.col("fiscal_year").max()
_FACTS = tuple(
    name
    for name in ASSESSMENTS.column_names
    if name not in {"change", "addressee_number", "fiscal_year", "name_at_assessment", "address_at_assessment"}
)
_ASKED = ("installments", "due_dates", "assessed", "paid", "assessed_total", "paid_total")
_ALL = (
    FeedFault(
        name="people-exchanged",
        kind=FeedKind.TAX,
        what="宛名番号 of two people exchanged in assessments.csv",
        change=in_table(ASSESSMENTS, exchange_people),
    ),
    FeedFault(
        name="names-exchanged",
        kind=FeedKind.RESIDENT,
        what="宛名番号 of two people exchanged in residents.csv",
        change=in_table(RESIDENTS, exchange_people),
    ),
    FeedFault(
        name="names-shifted",
        kind=FeedKind.TAX,
        what="name_at_assessment moved by one row for everybody",
        change=in_table(ASSESSMENTS, shift("name_at_assessment")),
    ),
    FeedFault(
        name="resident-names-shifted",
        kind=FeedKind.RESIDENT,
        what="name moved by one row for everybody in residents.csv",
        change=in_table(RESIDENTS, shift("name")),
    ),
    FeedFault(
        name="addresses-shifted",
        kind=FeedKind.TAX,
        what="address_at_assessment moved by one row for everybody",
        change=in_table(ASSESSMENTS, shift("address_at_assessment")),
    ),
    FeedFault(
        name="births-shifted",
        kind=FeedKind.RESIDENT,
        what="birthday moved by one row for everybody",
        change=in_table(RESIDENTS, shift("birthday")),
    ),
    FeedFault(
        name="serials-exchanged",
        kind=FeedKind.RESIDENT,
        what="serials of two people exchanged in card_certificates.csv",
        change=in_table(CARD_CERTIFICATES, exchange_people),
    ),
    FeedFault(
        name="serials-shifted",
        kind=FeedKind.RESIDENT,
        what="serial moved by one row for everybody",
        change=in_table(CARD_CERTIFICATES, shift("serial")),
    ),
    FeedFault(
        name="notices-exchanged",
        kind=FeedKind.TAX,
        what="宛名番号 of two people exchanged in collections.csv",
        change=in_table(COLLECTIONS, exchange_people),
    ),
    FeedFault(
        name="people-rotated",
        kind=FeedKind.RESIDENT,
        what="names of three people passed round in residents.csv, births as they were",
        change=in_table(RESIDENTS, rotate(("name",), people=3)),
    ),
    FeedFault(
        name="notices-rotated",
        kind=FeedKind.TAX,
        what="宛名番号 of three people passed round in collections.csv",
        change=in_table(COLLECTIONS, rotate_people(3)),
    ),
    FeedFault(
        name="births-exchanged",
        kind=FeedKind.RESIDENT,
        what="birthdays of two people exchanged",
        change=in_table(RESIDENTS, rotate(("birthday",))),
    ),
    FeedFault(
        name="addresses-exchanged",
        kind=FeedKind.RESIDENT,
        what="addresses of two people exchanged",
        change=in_table(RESIDENTS, rotate(("postal_code", "address"))),
    ),
    FeedFault(
        name="assessed-addresses-exchanged",
        kind=FeedKind.TAX,
        what="address_at_assessment of three people passed round",
        change=in_table(ASSESSMENTS, rotate(("address_at_assessment",), 3, _NEWEST)),
    ),
    FeedFault(
        name="amounts-exchanged",
        kind=FeedKind.TAX,
        what="all but 宛名番号, year, name and address of two assessments exchanged",
        change=in_table(ASSESSMENTS, rotate(_FACTS, 2, _NEWEST & (pl.col("annual_tax") != "0"))),
    ),
    FeedFault(
        name="notice-amounts-exchanged",
        kind=FeedKind.TAX,
        what="what two notices of 住民税 ask for, and what is paid of it, exchanged",
        change=in_table(COLLECTIONS, rotate(_ASKED, 2, _NEWEST & (pl.col("tax") == "resident"))),
    ),
    FeedFault(
        name="vehicles-exchanged",
        kind=FeedKind.TAX,
        what="標識番号 of two people's 軽自動車 exchanged",
        change=in_table(COLLECTIONS, rotate(("plate_number",), 2, pl.col("tax") == "light_vehicle")),
    ),
    FeedFault(
        name="dead-exchanged",
        kind=FeedKind.RESIDENT,
        what="of a dead and a living person 住民区分 exchanged",
        change=in_table(RESIDENTS, rotate(("status",), 2, pl.col("status").is_in(["dead", "resident"]))),
    ),
    FeedFault(
        name="revocations-exchanged",
        kind=FeedKind.RESIDENT,
        what="of a revoked and a valid certificate 状態 exchanged",
        change=in_table(CARD_CERTIFICATES, rotate(("status",), 2, pl.col("status").is_in(["revoked", "valid"]))),
    ),
    FeedFault(
        name="all-paid",
        kind=FeedKind.TAX,
        what="every notice paid in full",
        change=in_table(COLLECTIONS, _pay_all),
    ),
    FeedFault(
        name="all-undeclared",
        kind=FeedKind.TAX,
        what="everybody 未申告",
        change=in_table(ASSESSMENTS, lambda frame: frame.with_columns(declaration=pl.lit("undeclared"))),
    ),
    FeedFault(
        name="notices-missing",
        kind=FeedKind.TAX,
        what="15 % of the notices missing",
        change=in_table(COLLECTIONS, _lose_notices),
    ),
    FeedFault(
        name="sums-times-ten",
        kind=FeedKind.TAX,
        what="every amount of 住民税 in collections.csv times ten",
        change=in_table(COLLECTIONS, _times_ten),
    ),
    FeedFault(
        name="last-row-dropped",
        kind=FeedKind.TAX,
        what="the last notice dropped, count and totals signed anew",
        change=in_table(COLLECTIONS, lambda frame: frame.head(frame.height - 1)),
    ),
    FeedFault(
        name="stale",
        kind=FeedKind.TAX,
        what="data read the day before those already taken",
        change=lambda tables: tables,
        days_late=1,
    ),
    FeedFault(
        name="placeholders",
        kind=FeedKind.RESIDENT,
        what="marks of lost 外字 in names (〓 ■ □ ● ？ ＊ ⿰ and nothing but spaces)",
        change=in_table(RESIDENTS, _placeholders),
    ),
)
_OF_ARITHMETIC = (
    FeedFault(name=fault.name, kind=FeedKind.TAX, what=fault.what, change=in_table(ASSESSMENTS, fault.change))
    for fault in ARITHMETIC_FAULTS
)
_OF_TABLES = (
    FeedFault(name=fault.name, kind=fault.kind, what=fault.what, change=in_table(fault.table, fault.change))
    for fault in MIXED_FAULTS
)
FAULTS: Mapping[str, FeedFault] = {fault.name: fault for fault in (*_ALL, *_OF_TABLES, *_OF_ARITHMETIC)}


def make_fault(
    feed: Path, out: Path, name: str, *, keys: Path, announce: bool = False, mode: FeedMode = FeedMode.FULL
) -> Path:
    """Write the next generation of the sound full feed at `feed` with the fault `name` into `out`; give `out`.

    `keys` holds the senders' signing keys. `announce`: write beside it what the sound data would have held. `mode`: the
    whole, or only what the fault changed. Raises `OperatorFault` for an unknown fault or a feed of the other kind,
    `FileExistsError` for a folder that is there.
    """
    fault = FAULTS.get(name)
    if fault is None:
        raise OperatorFault("no_such_fault", f"there is no fault {name}; known: {', '.join(FAULTS)}")
    return plant(fault, feed, out, keys=keys, announce=announce, mode=mode)


def plant(
    fault: FeedFault,
    feed: Path,
    out: Path,
    *,
    keys: Path,
    announce: bool = False,
    ahead: int = 1,
    mode: FeedMode = FeedMode.FULL,
) -> Path:
    """Write the feed `ahead` generations after the sound full one at `feed`, with a fault; give `out`.

    As a difference it puts the rows the fault wrote otherwise and removes those it lost.
    """
    manifest = read_signed_manifest(feed, public_key(keys, fault.kind))
    tables = {table.name: _read(feed / table.file_name) for table in tables_of(fault.kind)}
    bad = fault.change(tables)
    if mode is FeedMode.DIFFERENCE:
        bad = {table.name: difference(table, tables[table.name], bad[table.name]) for table in tables_of(fault.kind)}
    key = signing_key(keys, fault.kind)
    late = fault.days_late * DAY
    with open_feed(
        out,
        fault.kind,
        municipality_code=manifest.municipality_code,
        generation=manifest.generation + ahead,
        mode=mode,
        base_generation=manifest.generation + ahead - 1 if mode is FeedMode.DIFFERENCE else None,
        business_date=manifest.business_date - late,
        created_at=manifest.created_at,
        extracted_at=manifest.extracted - late,
        signing_key=key,
    ) as written:
        for table in tables_of(fault.kind):
            written.table(table.name).write_frame(_written(table, bad[table.name]))
    if announce:
        sound = tables
        if mode is FeedMode.DIFFERENCE:
            sound = {name: frame.clear() for name, frame in tables.items()}
        _announce(out, manifest, sound, keys)
    return out


def difference(table: Table, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Give the rows of a difference that makes `after` of `before`: those put, and those removed by their key."""
    put = after.join(before, on=list(table.column_names), how="anti", maintain_order="left")
    lost = before.join(after, on=list(table.key), how="anti", maintain_order="left")
    return pl.concat([put, lost.with_columns(change=pl.lit("remove"))])


def _announce(out: Path, manifest: Manifest, tables: Tables, keys: Path) -> None:
    """Say of the feed in `out` what the sound tables hold."""
    files = [
        AnnouncedFile(
            name=table.file_name,
            rows=tables[table.name].height,
            control_totals={name: int(tables[table.name][name].cast(pl.Int64).sum()) for name in table.total_columns},
        )
        for table in tables_of(manifest.kind)
    ]
    written = read_signed_manifest(out, public_key(keys, manifest.kind))
    announced = Announcement(
        kind=written.kind,
        municipality_code=written.municipality_code,
        generation=written.generation,
        business_date=written.business_date,
        announced_at=written.extracted - timedelta(hours=1),
        files=tuple(files),
    )
    write_announcement(out, announced, key=signing_key(keys, manifest.kind))


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False, empty_string_is_null=False)


def _written(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Give the frame as the writer takes it: amounts that are summed as numbers, empty cells empty."""
    sums = [pl.col(name).cast(pl.Int64) for name in table.total_columns]
    texts = [pl.col(name).replace("", None) for name in table.column_names if name not in table.total_columns]
    return frame.with_columns(*sums, *texts).select(table.column_names)
