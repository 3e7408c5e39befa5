"""Marks that conversions of 外字 leave behind where a character was: a name that holds one is nobody's name.

〓 (geta) and ■ □ ▢ are what printers and vendors' tables put for a missing glyph, ● ○ ◆ what clerks typed, ？ ? ＊ *
what code-page conversions put, and an ideographic description sequence (⿰木木) describes a character instead of being
one.
U+FFFD never comes here in a feed: it is refused before as the scar of a broken conversion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from kofu.contracts.feed import Table
from kofu.contracts.feed_tables import ASSESSMENTS, RESIDENTS
from kofu.judgement.findings import Severity
from kofu.judgement.rows import RowRule

#: Geta, squares, circles, diamonds, question marks and stars in both widths; ideographic description characters
#: (U+2FF0–U+2FFF, U+31EF), the hangzhou-like 〇 is a real digit of addresses and stays out.
PLACEHOLDERS = r"[〓■□▢▣▪▫●○◎◯◆◇★☆※？?＊*￼\x{FFFD}\x{2FF0}-\x{2FFF}\x{31EF}\x{303E}]"
#: Of these the ones a building's name never bears: an address with them lost a character, whatever two people think.
NEVER_IN_ADDRESSES = r"[〓\x{FFFC}\x{FFFD}\x{2FF0}-\x{2FFF}\x{31EF}\x{303E}]"
_POINT = re.compile(r"\\x\{([0-9A-F]+)\}")
#: Only spaces of any kind: U+0020, U+00A0, U+2000–U+200B, U+3000, the Hangul fillers.
BLANK = r"^[\s\x{00A0}\x{2000}-\x{200B}\x{3000}\x{3164}\x{115F}\x{1160}\x{FFA0}]*$"

#: The texts of a person that a paper carries.
TEXTS: dict[str, tuple[str, ...]] = {
    RESIDENTS.name: ("name", "address"),
    ASSESSMENTS.name: ("name_at_assessment", "address_at_assessment"),
}


def character_lost(column: str, text: str) -> bool:
    """Whether a name holds a mark where a character was, an address one that stands for nothing else, or all is blank.

    What a paper at the counter may never bear, whoever looked at the row.
    """
    marks = NEVER_IN_ADDRESSES if column.startswith("address") else PLACEHOLDERS
    return any(re.search(_python(pattern), text) for pattern in (marks, BLANK))


def _python(pattern: str) -> str:
    r"""Write a pattern of polars for Python, which has no `\x{…}`."""
    return _POINT.sub(lambda found: chr(int(found[1], 16)), pattern)


def mark_rules(table: Table) -> Iterator[RowRule]:
    """Give the rules of the texts of a table: placeholders, and texts of nothing but spaces."""
    for column in TEXTS.get(table.name, ()):
        cell = pl.col(column)
        yield RowRule(
            name="placeholder",
            severity=Severity.ROW_HELD,
            column=column,
            sentence="holds a mark that a conversion put in the place of a character (〓 ■ ● ？ ⿰ …)",
            broken=cell.str.contains(PLACEHOLDERS),
        )
        yield RowRule(
            name="blank",
            severity=Severity.ROW_HELD,
            column=column,
            sentence="is nothing but spaces",
            broken=cell.str.contains(BLANK) & (cell != ""),
        )
