"""What a feed must be: each cell, each row, each place in the order of generations.

Cells are checked a batch at a time with polars: one pass says which columns hold something wrong, and only those are
looked at again to find the lines. A problem names file, line, column and reason, never the value: a feed is full of
personal data and reports travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from kofu.contracts.feed import Column, ColumnType, FeedKind, FeedMode, Table
from kofu.contracts.feed_tables import (
    ADDRESSEE,
    ASSESSMENTS,
    CARD_CERTIFICATES,
    COLLECTIONS,
    DEDUCTION_COLUMNS,
    tables_of,
)
from kofu.contracts.issuing import SERIAL_DIGITS
from kofu.core.birthday import parse_birthday
from kofu.core.errors import PeerFault
from kofu.issuing.feeds.feed_problems import FeedProblems
from kofu.judgement.number_rows import number_columns

YEN_DIGITS_MAX = 13  # ten trillion yen: no ward's cell is longer
YEAR_FIRST, YEAR_LAST = 1950, 2999
ZEROS_LOST = "leading_zeros_lost"
NUMBER_REWRITTEN = "number_rewritten"
#: What a spreadsheet makes of a long number: 1.23457E+31.
REWRITTEN = r"^[0-9]+(?:\.[0-9]+)?[Ee]\+[0-9]+$"
FROM_THE_SOURCE = (
    "a spreadsheet does this to a file opened and saved in it; send the file anew as the source system writes it"
)
_YEN = rf"(?:0|[1-9][0-9]{{0,{YEN_DIGITS_MAX - 1}}})"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_LABEL = r'[^|,{}"\\\s]{1,20}'


@dataclass(frozen=True, slots=True)
class Rule:
    """`broken` is true for a row that breaks the rule; it is null-free. `column` is None for rules over several."""

    column: str | None
    reason: str
    sentence: str
    broken: pl.Expr


def _integer(cell: pl.Expr, *, negative: bool, digits_max: int) -> pl.Expr:
    """Tell whether a cell is an integer in its only spelling: no plus, no leading zero, no minus zero, no spaces."""
    value = cell.cast(pl.Int64, strict=False)
    unsigned = cell.str.strip_prefix("-") if negative else cell
    spelled = (unsigned.str.len_bytes() <= digits_max) & ~unsigned.str.starts_with("+")
    spelled &= ~(unsigned.str.starts_with("0") & (cell.str.len_bytes() > 1))
    if not negative:
        spelled &= ~cell.str.starts_with("-")
    return (value.is_not_null() & spelled).fill_null(value=False)


def _dates(cell: pl.Expr) -> pl.Expr:
    return cell.str.contains(f"^{_DATE}$") & cell.str.to_date("%Y-%m-%d", strict=False).is_not_null()


def _date_lists(cell: pl.Expr) -> pl.Expr:
    return cell.map_batches(_parse_date_lists, return_dtype=pl.Boolean)


def _parse_date_lists(cells: pl.Series) -> pl.Series:
    """Parse each distinct list once: a ward has a few hundred."""
    cell = pl.col(cells.name)
    parts = cell.str.split("|")
    real = parts.list.eval(pl.element().str.to_date("%Y-%m-%d", strict=False).is_not_null()).list.all()
    spelled = cell.str.contains(rf"^{_DATE}(?:\|{_DATE})*$")
    return cells.is_in(cells.unique().to_frame().filter(spelled & real).to_series().to_list())


def _birthdays(cell: pl.Expr) -> pl.Expr:
    return cell.map_batches(_parse_birthdays, return_dtype=pl.Boolean)


def _parse_birthdays(cells: pl.Series) -> pl.Series:
    """Parse each distinct birthday once, by the one rule of core."""
    distinct = cells.unique()
    good = [text for text in distinct if _is_birthday(text)]
    return cells.is_in(good)


def _is_birthday(text: str) -> bool:
    try:
        parse_birthday(text)
    except PeerFault:
        return False
    return True


_FORMS: dict[ColumnType, tuple[str, Callable[[pl.Expr, Column], pl.Expr]]] = {
    ColumnType.TEXT: ("text", lambda cell, _: cell.is_not_null()),
    ColumnType.CODE: ("one of the codes of the contract", lambda cell, column: cell.is_in(list(column.codes))),
    ColumnType.DIGITS: ("digits 0-9 only", lambda cell, _: cell.str.contains("^[0-9]+$")),
    ColumnType.YEN: (
        "an integer of yen in its only spelling",
        lambda cell, column: _integer(cell, negative=column.negative, digits_max=YEN_DIGITS_MAX),
    ),
    ColumnType.COUNT: ("a count of at most 4 digits", lambda cell, _: _integer(cell, negative=False, digits_max=4)),
    ColumnType.YEAR: (
        f"a fiscal year {YEAR_FIRST} to {YEAR_LAST}",
        lambda cell, _: (
            _integer(cell, negative=False, digits_max=4)
            & cell.cast(pl.Int64, strict=False).is_between(YEAR_FIRST, YEAR_LAST).fill_null(value=False)
        ),
    ),
    ColumnType.DATE: ("a day of the calendar, YYYY-MM-DD", lambda cell, _: _dates(cell)),
    ColumnType.INSTANT: (
        "an instant in UTC, RFC 3339, ending in Z",
        lambda cell, _: cell.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", strict=False).is_not_null(),
    ),
    ColumnType.FLAG: ("0 or 1", lambda cell, _: cell.is_in(["0", "1"])),
    ColumnType.BIRTHDAY: ("a birthday YYYY-MM-DD with ?? for unknown parts", lambda cell, _: _birthdays(cell)),
    ColumnType.YEN_LIST: ("amounts joined by |", lambda cell, _: cell.str.contains(rf"^{_YEN}(?:\|{_YEN})*$")),
    ColumnType.DATE_LIST: ("days joined by |", lambda cell, _: _date_lists(cell)),
    ColumnType.LABEL_LIST: ("labels joined by |", lambda cell, _: cell.str.contains(rf"^{_LABEL}(?:\|{_LABEL})*$")),
}


def cell_rules(column: Column) -> Iterator[Rule]:
    """Give the rules of one column: there, in form, not too long. An empty optional cell breaks none."""
    cell = pl.col(column.name)
    empty = cell == ""
    if not column.optional:
        yield Rule(column.name, "required", f"{column.japanese} is empty", empty)
    form, is_in_form = _FORMS[column.type]
    bad = ~empty & ~is_in_form(cell, column)
    if column.type is ColumnType.DIGITS:
        rewritten = cell.str.contains(REWRITTEN)
        sentence = f"{column.japanese} was rewritten as 1.2E+14: {FROM_THE_SOURCE}"
        yield Rule(column.name, NUMBER_REWRITTEN, sentence, rewritten)
        bad &= ~rewritten
    yield Rule(column.name, "bad_cell", f"{column.japanese} is not {form}", bad)
    if column.max_length:
        sentence = f"{column.japanese} is longer than {column.max_length} characters"
        yield Rule(column.name, "too_long", sentence, cell.str.len_chars() > column.max_length)


#: The least and the largest number a cell may hold.
_BOUNDS = {
    ColumnType.YEN: (0, 10**YEN_DIGITS_MAX - 1),
    ColumnType.COUNT: (0, 9_999),
    ColumnType.YEAR: (YEAR_FIRST, YEAR_LAST),
    ColumnType.FLAG: (0, 1),
}


def number_rule(column: Column) -> Rule:
    """Give the rule of a column that was read as integers, each of them there and in its only spelling."""
    least, largest = _BOUNDS[column.type]
    sentence = f"{column.japanese} is not {_FORMS[column.type][0]}"
    within = pl.col(column.name).is_between(-largest if column.negative else least, largest)
    return Rule(column.name, "bad_cell", sentence, ~within)


REMOVE_IN_FULL = Rule("change", "remove_in_full", "a full feed holds no removals", pl.col("change") == "remove")


def row_rules(table: Table) -> Iterator[Rule]:
    """Give the rules over several cells of a row; they hold for rows to be put whose cells are all in form."""
    if table is ASSESSMENTS:
        yield from _assessment_rules()
    elif table is COLLECTIONS:
        yield from _collection_rules()
    elif table is CARD_CERTIFICATES:
        serial = pl.col("serial")
        hexadecimal = serial.str.contains("^[0-9a-f]{1,40}$")
        short = hexadecimal & (serial.str.len_bytes() < SERIAL_DIGITS)
        rewritten = serial.str.contains(REWRITTEN)
        sentence = f"シリアル番号 has fewer than {SERIAL_DIGITS} digits: {FROM_THE_SOURCE}"
        yield Rule("serial", ZEROS_LOST, sentence, short)
        yield Rule("serial", NUMBER_REWRITTEN, f"シリアル番号 was rewritten as 1.2E+30: {FROM_THE_SOURCE}", rewritten)
        yield Rule("serial", "bad_cell", "シリアル番号 is not lower-case hexadecimal", ~hexadecimal & ~rewritten)
        backwards = pl.col("valid_from") > pl.col("valid_to")  # ISO dates order as text
        yield Rule("valid_to", "ends_before_start", "the validity ends before it begins", backwards)


def _yen(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64)


def _sum_of(*names: str) -> pl.Expr:
    return pl.sum_horizontal([_yen(name) for name in names])


def _assessment_rules() -> Iterator[Rule]:
    deductions = [column.name for column in DEDUCTION_COLUMNS if column.name != "deduction_total"]
    different = _yen("deduction_total") != _sum_of(*deductions)
    yield Rule("deduction_total", "sum", "所得控除合計 is not the sum of the deductions", different)
    levies = ("ward_income_levy", "ward_per_capita_levy", "metro_income_levy", "metro_per_capita_levy")
    different = _yen("annual_tax") != _sum_of(*levies, "forest_environment_tax")
    yield Rule("annual_tax", "sum", "年税額 is not the sum of its parts", different)
    taxed = (pl.col("liability") == "nontaxable") & (_yen("annual_tax") != 0)
    yield Rule("liability", "nontaxable_with_tax", "非課税 with an annual tax", taxed)


#: Of each notice its amounts as lists of numbers: split once, for all rules.
_AMOUNTS = {f"{name}_amounts": pl.col(name).str.split("|").cast(pl.List(pl.Int64)) for name in ("assessed", "paid")}


def _collection_rules() -> Iterator[Rule]:
    assessed, paid = (pl.col(name) for name in _AMOUNTS)
    bars = [pl.col(name).str.count_matches("|", literal=True) for name in ("installments", "due_dates")]
    uneven = (bars[0] != bars[1]) | (bars[0] + 1 != assessed.list.len()) | (assessed.list.len() != paid.list.len())
    yield Rule(None, "uneven_lists", "the four lists of installments differ in length", uneven)
    yield Rule(
        "assessed_total",
        "sum",
        "調定額計 is not the sum of its installments",
        assessed.list.sum() != _yen("assessed_total"),
    )
    yield Rule(
        "paid_total", "sum", "納付済額計 is not the sum of its installments", paid.list.sum() != _yen("paid_total")
    )
    yield Rule("paid", "paid_above_assessed", "more paid than assessed in an installment", _overpaid())
    vehicle = pl.col("tax") == "light_vehicle"
    yield Rule("plate_number", "required", "a light vehicle has a 標識番号", vehicle & (pl.col("plate_number") == ""))
    stray = (pl.col("plate_number") != "") | (pl.col("chassis_last4") != "") | (_yen("inspected") == 1)
    yield Rule("plate_number", "not_a_vehicle", "particulars of a vehicle on another tax", ~vehicle & stray)


def _overpaid() -> pl.Expr:
    """Tell whether any installment is paid above what is assessed; uneven lists have their own rule."""
    return pl.struct(_AMOUNTS.keys()).map_batches(_overpaid_rows, return_dtype=pl.Boolean)


def _overpaid_rows(pairs: pl.Series) -> pl.Series:
    """Look at the installments of the rows that differ: most notices are paid, or nothing of them is."""
    frame = pairs.struct.unnest()
    assessed, paid = frame.columns
    common = pl.min_horizontal(pl.col(assessed).list.len(), pl.col(paid).list.len())
    differ = frame.with_row_index("place").filter(pl.col(assessed) != pl.col(paid))
    installments = differ.select("place", *(pl.col(name).list.head(common) for name in (assessed, paid)))
    overpaid = installments.explode(assessed, paid).filter(pl.col(paid) > pl.col(assessed))["place"]
    return pl.int_range(frame.height, eager=True).is_in(overpaid.implode())


def padded_columns(table: Table) -> tuple[str, ...]:
    """Name the columns of numbers that say who or which one a row is about."""
    return tuple(
        column.name
        for column in table.columns
        if column.type is ColumnType.DIGITS and column.name in {*table.key, ADDRESSEE.name}
    )


def lines_without_zeros(numbers: pl.DataFrame) -> tuple[int, list[int]]:
    """Find numbers that lost their leading zeros: the column's width in digits, and the lines of shorter ones.

    `numbers`: `width`, `padded` (begins with 0) and `line`, of a whole file. A column in which any number begins with 0
    is one of numbers of a width; which zeros a shorter one lost is not guessed.
    """
    width = numbers.filter(pl.col("padded"))["width"].max()
    if not isinstance(width, int):
        return 0, []
    return width, numbers.filter(pl.col("width") < width)["line"].sort().to_list()


def check_rows(table: Table, mode: FeedMode, frame: pl.DataFrame, problems: FeedProblems) -> pl.DataFrame:
    """Check every cell and row of a batch. `frame`: its columns as text or `read_numbers`, and `line` in the file.

    Gives the rows to be put whose cells are all in form: what can be judged further.
    """
    rules = _NUMBER_RULES if all(frame.schema[name].is_integer() for name in number_columns(table)) else _CELL_RULES
    bad = _report(table, rules[table.name], frame, problems)
    sound = frame if bad is None else frame.filter(~bad)
    if mode is FeedMode.FULL:
        _report(table, [REMOVE_IN_FULL], sound, problems)
    put = sound.filter(pl.col("change") == "put")  # of a removal only the key is read
    if not put.is_empty():
        _report(table, _ROW_RULES[table.name], put.with_columns(**_AMOUNTS) if table is COLLECTIONS else put, problems)
    return put


#: Of each table by its name the rules of its cells and of its rows: made once, not for every batch.
_CELL_RULES = {
    table.name: tuple(rule for column in table.columns for rule in cell_rules(column))
    for kind in FeedKind
    for table in tables_of(kind)
}
_NUMBER_RULES = {
    table.name: tuple(
        rule
        for column in table.columns
        for rule in ((number_rule(column),) if column.name in number_columns(table) else cell_rules(column))
    )
    for kind in FeedKind
    for table in tables_of(kind)
}
_ROW_RULES = {table.name: tuple(row_rules(table)) for kind in FeedKind for table in tables_of(kind)}


def _report(table: Table, rules: Sequence[Rule], frame: pl.DataFrame, problems: FeedProblems) -> pl.Series | None:
    """Add a problem for each broken rule and row, by line; give the rows that broke any, or None where none did."""
    if not rules:
        return None
    broken = frame.select(rule.broken.any().alias(str(number)) for number, rule in enumerate(rules)).row(0)
    hit = [rule for rule, is_broken in zip(rules, broken, strict=True) if is_broken]
    if not hit:
        return None
    found = frame.select("line", *(rule.broken.alias(str(number)) for number, rule in enumerate(hit)))
    any_broken = found.select(pl.any_horizontal(pl.exclude("line"))).to_series()
    for line, *marks in found.filter(any_broken).iter_rows():
        for rule, is_broken in zip(hit, marks, strict=True):
            if is_broken:
                problems.add(table.file_name, rule.reason, rule.sentence, line=line, column=rule.column)
    return any_broken
