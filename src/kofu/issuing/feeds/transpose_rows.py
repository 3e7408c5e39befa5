"""Puts neighbours' 外字 codes as the characters the municipality's tables say, while a feed's rows are read.

The file's digest is taken over the bytes as they came; what is checked, judged, stored and later printed is the row
after this. Counted, never silent: the report of an import says how often which code was put otherwise.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence

import polars as pl

from kofu.contracts.feed import Table
from kofu.core.transposition import TranspositionTables
from kofu.judgement.marks import TEXTS


class RowTransposer:
    """Transposes the texts of papers row by row; `counts`: how often each code was put otherwise, of a whole feed."""

    def __init__(self, tables: TranspositionTables) -> None:
        """Transpose by `tables`."""
        self.tables = tables
        self.counts: Counter[str] = Counter()
        marks = "".join(f"\\x{{{ord(one):X}}}" for one in sorted(tables.marks))
        self._marks = f"[{marks}]" if marks else ""

    def transpose(
        self, table: Table, frame: pl.DataFrame, lines: Sequence[bytes]
    ) -> tuple[pl.DataFrame, Sequence[bytes]]:
        """Give the rows and their lines after transposition; the same objects where nothing is to be put otherwise."""
        columns = TEXTS.get(table.name, ())
        if not self._marks or not columns:
            return frame, lines
        touched = frame.select(pl.any_horizontal(pl.col(name).str.contains(self._marks) for name in columns))
        places = touched.to_series().arg_true().to_list()
        if not places:
            return frame, lines
        texts = {name: frame[name].to_list() for name in columns}
        new_lines = list(lines)
        for place in places:
            cells = next(csv.reader([new_lines[place].decode()]))
            for name in columns:
                put = self.tables.transpose(texts[name][place])
                self.counts += put.counts
                texts[name][place] = cells[table.column_names.index(name)] = put.text
            new_lines[place] = _line_of(cells)
        return frame.with_columns(pl.Series(name, texts[name], dtype=pl.String) for name in columns), new_lines


def _line_of(cells: list[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue().encode()
