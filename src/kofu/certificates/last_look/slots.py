"""What is expected where: the texts of an order, spread over the pages and boxes of a form version."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class PageSlots:
    """The values of one page, and how many rows of the form's table stand on it."""

    slots: tuple[ExpectedValue, ...]
    rows: int


def slots_by_page(layout: Layout, expected: ExpectedTexts) -> tuple[tuple[PageSlots, ...], list[PaperDifference]]:
    """Spread the expected texts over the pages; and the fields that form and kind do not have in common."""
    per_page = layout.rows_per_page
    count = max(1, -(-len(expected.rows) // per_page)) if per_page else 1
    pages: list[list[ExpectedValue]] = [[] for _ in range(count)]
    unused = set(expected.texts)
    faults = []
    for name, place in layout.places.items():
        if place.page == "each":
            for number, slots in enumerate(pages, start=1):
                slots.append(ExpectedValue(f"{name}_{number}", place.box, place.type, f"{number}/{count}"))
        elif place.page == "row":
            column = name.removeprefix("row_")
            for number, row in enumerate(expected.rows):
                box = place.box.moved_down(number % per_page * layout.row_pitch)
                if column not in row:
                    faults.append(PaperDifference(0, name, MismatchKind.FIELDS_OF_FORM))
                pages[number // per_page].append(
                    ExpectedValue(f"row_{number + 1}_{column}", box, place.type, row.get(column, ""))
                )
        elif name not in expected.texts:
            faults.append(PaperDifference(0, name, MismatchKind.FIELDS_OF_FORM))
        else:
            unused.discard(name)
            for slots in pages if place.page == "every" else pages[-1:]:
                slots.append(ExpectedValue(name, place.box, place.type, expected.texts[name]))
    columns = {name.removeprefix("row_") for name, place in layout.places.items() if place.page == "row"}
    unused.update(column for row in expected.rows for column in row if column not in columns)
    faults.extend(PaperDifference(0, name, MismatchKind.FIELDS_OF_FORM) for name in sorted(unused))
    rows = [min(per_page, max(0, len(expected.rows) - index * per_page)) for index in range(count)]
    return tuple(PageSlots(tuple(slots), here) for slots, here in zip(pages, rows, strict=True)), faults
