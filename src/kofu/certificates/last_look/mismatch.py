"""What the last look says when paper and facts differ: which field, which kind of difference, never the text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kofu.core.errors import OurFault


class MismatchKind(StrEnum):
    """Kinds of difference. Stable codes: they go into the case and the audit record."""

    UNREADABLE = "unreadable"  # no PDF, or one that is built, or draws, otherwise than a paper
    METADATA = "metadata"  # dates, names or colour profiles that are not this paper's
    FACTS_OF_ANOTHER = "facts_of_another"  # the order itself mixes people, years or taxes
    NOT_PERMITTED = "not_permitted"  # these facts allow no such paper
    PAGE_COUNT = "page_count"
    PAGE_SIZE = "page_size"
    FIELDS_OF_FORM = "fields_of_form"  # the form has other fields than the kind of certificate
    NOT_IN_FONT = "not_in_font"  # no certified font has the character, so no paper can be right
    TEXT_MISSING = "text_missing"
    TEXT_DIFFERS = "text_differs"  # other outlines than those of the expected characters
    TEXT_NOT_EXPECTED = "text_not_expected"  # text in a box that is to be empty
    TEXT_OUTSIDE = "text_outside"  # text that is neither a value in its box nor a label of the form
    TEXT_SIZE = "text_size"  # not one of the sizes the form sets this value in
    TEXT_MISPLACED = "text_misplaced"  # right outlines, not one behind the other at the place the form gives them
    TEXT_LAYER = "text_layer"  # right outlines that the file gives another meaning, to whoever copies them
    HIDDEN_TEXT = "hidden_text"  # not black, or cut off
    LABEL_MISSING = "label_missing"
    SEAL = "seal"  # not the seal of the authority, not in its place or colour, or not there
    SPECIMEN = "specimen"  # 見本 where it must not be, or not where it must be
    CODE = "code"  # no signed code, more than one, or one that does not say the facts
    DRAWING = "drawing"  # something drawn that is not the form's, or a rule of the form that is not there
    SECOND_WITNESS = "second_witness"  # PDFium reads another text than the one that is drawn


@dataclass(frozen=True, slots=True, order=True)
class PaperDifference:
    """One difference: `page` counts from 1 (0: the whole document), `field` by its name in fields.toml or empty.

    `why`: of what cannot be read, a sentence about how it is built; no text of the paper.
    """

    page: int
    field: str
    fault: MismatchKind
    why: str = ""

    def __str__(self) -> str:
        return f"{self.fault.value}:{self.field or '-'}@{self.page}" + (f" ({self.why})" if self.why else "")


class LastLookMismatch(OurFault):
    """The paper does not say what the facts say. It must not leave; issuing stops (P2)."""

    def __init__(self, differences: tuple[PaperDifference, ...]) -> None:
        """Keep the differences; the sentence names fields and kinds, no text of the paper."""
        shown = ", ".join(map(str, differences[:20]))
        super().__init__("last_look_mismatch", f"paper and facts differ in {len(differences)} places: {shown}")
        self.differences = differences
