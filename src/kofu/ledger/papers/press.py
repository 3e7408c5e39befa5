"""Papers of the ledger as PDF/A-1b: made in memory from what the ledger says, handed out, never stored.

A name with a character the font does not draw exactly, or a text too long for its place at the smallest type, stops the
paper: a person's name is never drawn differently and never cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from kofu.core.calendar import begin_of
from kofu.core.font_file import FontFile
from kofu.core.profile import Profile
from kofu.ledger.papers.domain.paper_words import Sender, Sheet
from kofu.ledger.profile.ledger_profile import PaperRules
from kofu.platform.fonts import read_font
from kofu.press.engine import Press
from kofu.press.glyphs import CannotDraw, GlyphCoverage, Undrawable

FORMS_ROOT = Path(__file__).resolve().parent / "forms"
SETS_KEPT = 2


class TextCannotBeDrawn(CannotDraw):
    """The font does not draw the text of `field` exactly. `undrawable` names the characters, for staff only."""

    def __init__(self, field: str, undrawable: tuple[Undrawable, ...]) -> None:
        """Name the field and what of it cannot be drawn."""
        super().__init__(undrawable)
        self.field = field


class PaperPress:
    """The press of the ledger's letters and what its font draws exactly. One serves all threads of a process."""

    def __init__(self, font: Path, drawn: FontFile | None = None) -> None:
        """Read the font; `drawn`: the registered glyphs (外字). Raises `OperatorFault` where it cannot be read."""
        certified = read_font(font)
        self.engine = Press(certified, FORMS_ROOT, drawn)
        self.glyphs = GlyphCoverage(certified, drawn)

    def pdf(self, sheet: Sheet) -> bytes:
        """Press a sheet; the same sheet gives the same bytes, since the date in the file is the paper's own.

        Raises `TextCannotBeDrawn`, and `press.engine.DoesNotFit` for a text too long at the smallest type.
        """
        return self.file([sheet])

    def file(self, sheets: Sequence[Sheet]) -> bytes:
        """Press sheets of one form one behind the other into one file. Raises as `pdf` does."""
        for sheet in sheets:
            for field, text in sheet.texts.items():
                undrawable = self.glyphs.check(text)
                if undrawable:
                    raise TextCannotBeDrawn(field, undrawable)
        first = sheets[0]
        created = begin_of(first.issued_on)
        papers = [(sheet.texts, {"rows": sheet.rows, "specimen": sheet.specimen}) for sheet in sheets]
        return self.engine.render_many(first.form, first.version, papers, created)


@lru_cache(maxsize=SETS_KEPT)
def paper_press(font: Path, drawn: FontFile | None) -> PaperPress:
    """Give the press of this process: the font is read once, and again with another set of registered glyphs."""
    return PaperPress(font, drawn)


def sender_of(profile: Profile, rules: PaperRules, on: date) -> Sender:
    """Give who sends papers on a day. Raises `OperatorFault` where the profile names nobody for it."""
    authority = profile.authority_on(on)
    return Sender(
        office=authority.office,
        name=authority.name,
        section=rules.section,
        contact=rules.contact,
        seal=rules.seal,
        appeal=rules.appeal,
        municipality=profile.name,
        appeal_first=rules.appeal_first,
        era_change=profile.era_change,
        municipal_tax=profile.municipal_tax,
        prefectural_tax=profile.prefectural_tax,
        specimen=profile.specimen,
    )
