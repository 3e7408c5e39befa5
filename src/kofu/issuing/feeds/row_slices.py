"""Rows of a feed on their way from its file into the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class RowSlice:
    """Sound rows of a slice, 外字 transposed: their cells, and `line`.

    `stated`: each row as its line states it, from the comma behind 異動区分 on, and `digests` of just these bytes.
    `marked`: the lines of rows that people must look at.
    """

    frame: pl.DataFrame
    stated: Sequence[bytes]
    digests: Sequence[bytes]
    marked: Sequence[int] = ()
