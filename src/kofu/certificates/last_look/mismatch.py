"""What the last look says when paper and facts differ: which field, which kind of difference, never the text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kofu.core.errors import OurFault


class Fault(StrEnum):
    """Kinds of difference. Stable codes: they go into the case and the audit record."""

    UNREADABLE = "unreadable"  # no PDF, encrypted, broken
    FACTS_OF_ANOTHER = "facts_of_another"  # the order itself mixes people, years or taxes
    NOT_PERMITTED = "not_permitted"  # these facts allow no such paper
    PAGE_COUNT = "page_count"
    PAGE_SIZE = "page_size"
    FIELDS_OF_FORM = "fields_of_form"  # the form has other fields than the kind of certificate
    TEXT_MISSING = "text_missing"
    TEXT_DIFFERS = "text_differs"
    TEXT_NOT_EXPECTED = "text_not_expected"  # text in a box that is to be empty
    TEXT_OUTSIDE = "text_outside"  # text that is neither a value in its box nor a label of the form
    LABEL_MISSING = "label_missing"
    HIDDEN_TEXT = "hidden_text"  # drawn invisible, not black, twice, or unreadable
    FONT_NOT_EMBEDDED = "font_not_embedded"
    SEAL = "seal"  # not the seal of the authority, not in its place, too often, or not there
    SPECIMEN = "specimen"  # 見本 where it must not be, or not where it must be
    CODE = "code"  # no signed code, more than one, or one that does not say the facts
    DRAWING = "drawing"  # something else drawn: pictures, filled areas, forms, annotations, attachments


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One difference: `page` counts from 1 (0: the whole document), `field` by its name in fields.toml or empty."""

    page: int
    field: str
    fault: Fault


class LastLookMismatch(OurFault):
    """The paper does not say what the facts say. It must not leave; issuing stops (P2)."""

    def __init__(self, differences: tuple[Difference, ...]) -> None:
        """Keep the differences; the sentence names fields and kinds, no text of the paper."""
        shown = ", ".join(f"{one.fault.value}:{one.field or '-'}@{one.page}" for one in differences[:20])
        super().__init__("last_look_mismatch", f"paper and facts differ in {len(differences)} places: {shown}")
        self.differences = differences
