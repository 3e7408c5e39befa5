"""What is expected where: the texts of an order, spread over the pages and boxes of a form version."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from kofu.certificates.last_look.layout import Box, Layout, Type
from kofu.certificates.last_look.mismatch import MismatchKind, PaperDifference
from kofu.certificates.last_look.wording import ExpectedTexts


class ExpectedValue(NamedTuple):
    """One value expected on one page: the field's full name, its box, its type and its text (possibly empty)."""

    field: str
    box: Box
    type: Type
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class PagePlaces:
    """Where the values of one page stand, and how many rows of the form's table; nothing of what they say.

    The same object for every paper of the form version with as many rows.
    """

    fields: tuple[str, ...]
    boxes: tuple[Box, ...]
    types: tuple[Type, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class PageSlots:
    """The values of one page: where they stand, and their texts in the same order."""

    places: PagePlaces
    texts: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows of the form's table stand on the page."""
        return self.places.rows

    @property
    def slots(self) -> tuple[ExpectedValue, ...]:
        """The values one by one."""
        return tuple(map(self.slot, range(len(self.texts))))

    def slot(self, index: int) -> ExpectedValue:
        """Give one value."""
        places = self.places
        return ExpectedValue(places.fields[index], places.boxes[index], places.types[index], self.texts[index])


def slots_by_page(layout: Layout, expected: ExpectedTexts) -> tuple[tuple[PageSlots, ...], list[PaperDifference]]:
    """Spread the expected texts over the pages; and the fields that form and kind do not have in common."""
    pages, wanted = _places_of(layout, len(expected.rows))
    texts = expected.by_field(len(pages))
    faults = []
    if texts.keys() != wanted:
        faults = [PaperDifference(0, field, MismatchKind.FIELDS_OF_FORM) for field in sorted(wanted ^ texts.keys())]
        texts = dict.fromkeys(wanted, "") | texts
    return tuple(PageSlots(page, tuple(map(texts.__getitem__, page.fields))) for page in pages), faults


@lru_cache(maxsize=256)  # form versions do not come and go while a process lives, and a page has few rows
def _places_of(layout: Layout, rows: int) -> tuple[tuple[PagePlaces, ...], frozenset[str]]:
    """Give the places of each page, and the names of all fields."""
    per_page = layout.rows_per_page
    count = max(1, -(-rows // per_page)) if per_page else 1
    pages: list[list[tuple[str, Box, Type]]] = [[] for _ in range(count)]
    for name, place in layout.places.items():
        if place.page == "each":
            for number, page in enumerate(pages, start=1):
                page.append((f"{name}_{number}", place.box, place.type))
        elif place.page == "row":
            for number in range(rows):
                box = place.box.moved_down(number % per_page * layout.row_pitch)
                field = f"row_{number + 1}_{name.removeprefix('row_')}"
                pages[number // per_page].append((field, box, place.type))
        else:
            for page in pages if place.page == "every" else pages[-1:]:
                page.append((name, place.box, place.type))
    places = tuple(
        PagePlaces(
            tuple(field for field, _, _ in page),
            tuple(box for _, box, _ in page),
            tuple(kind for _, _, kind in page),
            min(per_page, max(0, rows - number * per_page)),
        )
        for number, page in enumerate(pages)
    )
    return places, frozenset(field for page in places for field in page.fields)
