"""The letters of a paper and where they stand, by the last look's reader: to hold two ways of setting it together."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from tests.certificates.last_look.papers import certified

from kofu.certificates.last_look.document import read_document
from kofu.certificates.last_look.file import read_file
from kofu.certificates.last_look.ink import marks_on
from kofu.certificates.last_look.marks import ShownText

PLACE_POINTS = 0.025  # typst and the forme write places in thousandths, from sums of their own


class PlacedLetter(NamedTuple):
    """One visible letter: page from 0, what it is said to be, size and place in points."""

    page: int
    text: str
    size: float
    x: float
    baseline: float


def letters_of(pdf: bytes) -> list[PlacedLetter]:
    """The letters a paper shows outside the form's own drawing."""
    found = []
    for number, page in enumerate(read_document(read_file(pdf), certified()).pages):
        for mark in marks_on(page.content).marks:
            if isinstance(mark, ShownText):
                meanings = page.content.fonts[mark.font].meanings
                texts = mark.actual or tuple(meanings[code] for code in mark.codes)
                found += [
                    PlacedLetter(number, text, mark.size, start, mark.baseline)
                    for text, start in zip(texts, mark.starts, strict=True)
                    if text.strip(" \u3000")
                ]
    return found


def not_among(letters: list[PlacedLetter], others: list[PlacedLetter]) -> list[PlacedLetter]:
    """The letters that do not stand in their place among the others."""
    places = defaultdict(list)
    for one in others:
        places[one.page, one.text, round(one.size, 3)].append((one.x, one.baseline))
    return [
        one
        for one in letters
        if not any(
            abs(one.x - x) <= PLACE_POINTS and abs(one.baseline - baseline) <= PLACE_POINTS
            for x, baseline in places[one.page, one.text, round(one.size, 3)]
        )
    ]
