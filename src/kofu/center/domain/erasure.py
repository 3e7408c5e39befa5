"""An erasure code: data split into parts, with spare parts; any `needed` of them, whichever, give the data again.

A systematic Cauchy code over GF(256) with the polynomial x⁸+x⁴+x³+x²+1 (0x11D), as Reed-Solomon storage uses it.
Parts are multiplied by a constant through `bytes.translate` and added as whole numbers: no loop over their bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from kofu.core.errors import ensure

PARTS_MAX = 128
_POLYNOMIAL = 0x11D
_FIELD = 256


class TooFewParts(ValueError):  # noqa: N818 - says what there is; Error would say less
    """Fewer parts than were needed to begin with."""


def add_spares(data: bytes, *, needed: int, total: int, part_bytes: int) -> tuple[bytes, ...]:
    """Split `data` into `needed` parts of `part_bytes`, filled up with zeros, and add spare ones up to `total`."""
    ensure(0 < needed <= total <= PARTS_MAX, "a code has between one and 128 parts")
    ensure(len(data) <= needed * part_bytes, "the data fit into the parts")
    padded = data.ljust(needed * part_bytes, b"\0")
    parts = [padded[start : start + part_bytes] for start in range(0, len(padded), part_bytes)]
    return (*parts, *(_combine(_spare_row(row, needed), parts) for row in range(needed, total)))


def restore(parts: Mapping[int, bytes], *, needed: int, length: int) -> bytes:
    """Give the `length` bytes again from parts by their index. Raises `TooFewParts` for fewer than `needed`."""
    if len(parts) < needed:
        raise TooFewParts
    chosen = sorted(parts)[:needed]
    rows = [_row(index, needed) for index in chosen]
    inverse = _invert(rows)
    there = [parts[index] for index in chosen]
    known = set(chosen)
    whole = [parts[index] if index in known else _combine(inverse[index], there) for index in range(needed)]
    return b"".join(whole)[:length]


def _row(index: int, needed: int) -> list[int]:
    return [int(column == index) for column in range(needed)] if index < needed else _spare_row(index, needed)


def _spare_row(index: int, needed: int) -> list[int]:
    """Row of the Cauchy matrix: 1 / (x + y) with every x and y different, so that each square part of it inverts."""
    return [_inverse(index ^ column) for column in range(needed)]


def _combine(factors: Sequence[int], parts: Sequence[bytes]) -> bytes:
    total = 0
    for factor, part in zip(factors, parts, strict=True):
        if factor:
            total ^= int.from_bytes(part.translate(_times(factor)), "big")
    return total.to_bytes(len(parts[0]), "big")


def _invert(rows: list[list[int]]) -> list[list[int]]:
    """Invert a square matrix by Gauss and Jordan. Rows of this code always invert."""
    size = len(rows)
    work = [[*row, *(int(column == number) for column in range(size))] for number, row in enumerate(rows)]
    for column in range(size):
        pivot = next((row for row in range(column, size) if work[row][column]), None)
        ensure(pivot is not None, "any parts of a Cauchy code are independent")
        work[column], work[pivot or column] = work[pivot or column], work[column]
        scale = _times(_inverse(work[column][column]))
        work[column] = [scale[value] for value in work[column]]
        for row in range(size):
            if row != column and work[row][column]:
                factor = _times(work[row][column])
                work[row] = [value ^ factor[base] for value, base in zip(work[row], work[column], strict=True)]
    return [row[size:] for row in work]


@cache
def _times(factor: int) -> bytes:
    """Table of the products of `factor` with every byte."""
    return bytes(_product(factor, value) for value in range(_FIELD))


@cache
def _inverse(value: int) -> int:
    return next(other for other in range(1, _FIELD) if _product(value, other) == 1)


def _product(left: int, right: int) -> int:
    result = 0
    while right:
        if right & 1:
            result ^= left
        left <<= 1
        if left & _FIELD:
            left ^= _POLYNOMIAL
        right >>= 1
    return result
