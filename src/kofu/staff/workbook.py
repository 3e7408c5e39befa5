"""A list as an Excel workbook: one sheet whose texts are texts: 宛名番号 keep their zeros, and nothing is a formula.

A spreadsheet guesses at what stands in a CSV: `00123` becomes 123, sixteen digits become 1.2E+15, and `=…` is run. In
a workbook (ECMA-376, SpreadsheetML) each cell says what it is, so nothing is guessed. XlsxWriter writes it; what it
would guess itself (`write`) is never asked of it. The same rows give the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from kofu.core.calendar import in_japan
from kofu.core.errors import OurFault

_NO_DAY = datetime(1980, 1, 1, tzinfo=UTC)
"""The workbook's own day of making: when it was given out stands in the record, and not in its bytes."""
_WIDTH = 18
"""Wide enough for a day, a name, an amount; Excel counts in widths of a digit."""
_TEXT_MAX = 32_767
"""Characters a cell may have (ECMA-376); Excel takes no more."""
_NAME_MAX = 31


def workbook_of(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a workbook of one sheet. None and "" are empty cells; what is no number, day or instant is text.

    Raises `OurFault` where a text is longer than a cell may be.
    """
    packed = io.BytesIO()
    with Workbook(packed, {"in_memory": True, "default_format_properties": {"font_name": "游ゴシック"}}) as book:
        book.set_properties({"created": _NO_DAY})
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", "　", title)[:_NAME_MAX])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 1, _WIDTH)
        day, instant = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
        head = book.add_format({"bold": True})
        for place, said in enumerate(heads):
            sheet.write_string(0, place, said, head)
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                _write(sheet, (number, place), value, day, instant)
    return packed.getvalue()


def _write(sheet: Worksheet, at: tuple[int, int], value: object, day: Format, instant: Format) -> None:
    """Write a value as what it is."""
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(*at, in_japan(value).replace(tzinfo=None, microsecond=0), instant)
    elif isinstance(value, date):
        sheet.write_datetime(*at, value, day)
    elif isinstance(value, int) and not isinstance(value, bool):
        sheet.write_number(*at, value)
    elif sheet.write_string(*at, str(value)):
        raise OurFault("text_too_long", f"a text of row {at[0]} is longer than the {_TEXT_MAX:,} characters of a cell")
