"""Rows of a feed on their way from its file into the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class RowSlice:
    """Sound rows of a slice, 外字 transposed: their cells as text and `line`; each row's digest without 異動区分.

    `marked`: the lines of rows that people must look at.
    """

    frame: pl.DataFrame
    digests: Sequence[bytes]
    marked: Sequence[int] = ()
