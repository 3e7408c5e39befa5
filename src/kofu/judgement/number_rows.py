"""Reads rows whose numbers are numbers: amounts, counts, years and flags as integers at once, the rest as text.

Rules over integers cost a fraction of rules over their spelling. Only what is spelled in the one way the contract lets
a number be spelled is read so; any other row is read as text, and its cells say for themselves what is wrong.
"""

from __future__ import annotations

import polars as pl

from kofu.contracts.feed import Table
from kofu.judgement.terms import NUMBERS


def number_columns(table: Table) -> tuple[str, ...]:
    """Name the columns that are read as integers."""
    return tuple(column.name for column in table.columns if column.type in NUMBERS and not column.optional)


def read_numbers(table: Table, data: bytes, rows: int) -> pl.DataFrame | None:
    """Read `rows` lines of as many cells as the table has columns, none of them quoted; `data` ends without a line end.

    None where a number is not spelled as the contract says, or a byte is not UTF-8.

    What is read as an integer is never shorter than its shortest spelling, and longer with a plus, a zero before it, a
    minus before a zero, a space: where the lengths of all cells add up to the bytes there are, none is spelled so.
    """
    numbers = frozenset(number_columns(table))
    schema = {name: pl.Int64 if name in numbers else pl.String for name in table.column_names}
    try:
        frame = pl.read_csv(data, has_header=False, schema=schema, empty_string_is_null=False)
    except pl.exceptions.PolarsError:
        return None
    if frame.height != rows or any(frame[name].null_count() for name in table.column_names):
        return None
    cells = sum(_characters(frame[name]) if name in numbers else _bytes(frame[name]) for name in table.column_names)
    return frame if cells + rows * len(table.columns) - 1 == len(data) else None


def read_texts(table: Table, data: bytes) -> pl.DataFrame:
    """Read lines of as many cells as the table has columns; every cell as the text it is."""
    schema = dict.fromkeys(table.column_names, pl.String)
    return pl.read_csv(data + b"\n", has_header=False, schema=schema, empty_string_is_null=False)


def _bytes(texts: pl.Series) -> int:
    return int(texts.str.len_bytes().sum())


def _characters(values: pl.Series) -> int:
    """Count the characters of the shortest spellings of integers, all together."""
    least, most = (int(str(value)) for value in (values.min(), values.max()))
    characters = len(values) + (int((values < 0).sum()) if least < 0 else 0)
    for digits in range(1, len(str(max(most, -least)))):
        longer = values >= 10**digits
        characters += int((longer | (values <= -(10**digits)) if least < 0 else longer).sum())
    return characters
