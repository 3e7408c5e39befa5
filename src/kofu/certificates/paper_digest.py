"""SHA-256 of a paper that begins as others of its form do: the state behind the beginning is kept, and gone on from.

A paper's file begins with the form, two thirds of all its bytes, the same in every paper. They are compared with those
the kept state is of, byte for byte, and only what comes behind them is digested; the digest is that of the whole file.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hashlib import _Hash

FORMS_MAX = 64


class _Beginning(NamedTuple):
    data: bytes
    state: _Hash


_beginnings: dict[int, _Beginning] = {}


def begin_digest(pdf: bytes, form_bytes: int = 0) -> _Hash:
    """Give SHA-256 over a file, to be read or gone on with.

    `form_bytes`: with how many bytes, nobody's, it begins as other papers of its form do; 0 where that is not known.
    """
    if not form_bytes:
        return hashlib.sha256(pdf)
    known = _beginnings.get(form_bytes)
    if known is None or not pdf.startswith(known.data):
        if len(_beginnings) >= FORMS_MAX:
            _beginnings.clear()
        data = pdf[:form_bytes]
        known = _beginnings[form_bytes] = _Beginning(data, hashlib.sha256(data))
    digest = known.state.copy()
    digest.update(memoryview(pdf)[len(known.data) :])
    return digest
