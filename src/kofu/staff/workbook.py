"""A list as an Excel workbook: one sheet whose texts are texts: 宛名番号 keep their zeros, and nothing is a formula.

A spreadsheet guesses at what stands in a CSV: `00123` becomes 123, sixteen digits become 1.2E+15, and `=…` is run. In
a workbook (ECMA-376, SpreadsheetML) each cell says what it is, so nothing is guessed. Only what lists need is written:
texts in the cell itself, whole numbers, days and instants. The same rows give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape

from kofu.core.calendar import in_japan

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DAY_ZERO = date(1899, 12, 30)  # days are counted from it, after the 29 February 1900 that never was (18.17.4.1)
DAY_STYLE, INSTANT_STYLE, HEAD_STYLE = 1, 2, 3
#: What XML cannot say, and what would be read as the way to say it (18.3.1.53 `ST_Xstring`).
_NOT_SAID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\r\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
#: Wide enough for a day, a name, an amount; Excel counts in widths of a digit.
_WIDTH = 18

_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KINDS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KINDS}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KINDS}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_DOCUMENT}/worksheet"'
        f' Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_DOCUMENT}/styles" Target="styles.xml"/>'
        "</Relationships>"
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
        '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="游ゴシック"/></font>'
        '<font><b/><sz val="11"/><name val="游ゴシック"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}


def workbook_of(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a workbook of one sheet. None and "" are empty cells; what is no number, day or instant is text."""
    sheet = io.StringIO()
    sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">')
    sheet.write('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>')
    sheet.write(f'<cols><col min="1" max="{len(heads)}" width="{_WIDTH}" customWidth="1"/></cols><sheetData>')
    sheet.write(f"<row>{''.join(_text(head, HEAD_STYLE) for head in heads)}</row>")
    for row in rows:
        sheet.write(f"<row>{''.join(_cell(value) for value in row)}</row>")
    sheet.write("</sheetData></worksheet>")
    name = escape(re.sub(r"[\[\]:*?/\\]", "　", title)[:31], {'"': "&quot;"})  # what Excel takes for a sheet's name
    parts = _PARTS | {
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets><sheet name="{name}" sheetId="1" r:id="rId1"/>'
            "</sheets></workbook>"
        )
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for path, xml in parts.items():
            package.writestr(zipfile.ZipInfo(path), _HEAD + xml, zipfile.ZIP_DEFLATED)
        package.writestr(zipfile.ZipInfo("xl/worksheets/sheet1.xml"), sheet.getvalue(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _cell(value: object) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, datetime):
        here = in_japan(value)
        seconds = here.hour * 3600 + here.minute * 60 + here.second
        return f'<c s="{INSTANT_STYLE}"><v>{_days(here.date())}{f"{seconds / 86_400:.9f}"[1:]}</v></c>'
    if isinstance(value, date):
        return f'<c s="{DAY_STYLE}"><v>{_days(value)}</v></c>'
    if isinstance(value, int) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    return _text(str(value))


def _text(said: str, style: int = 0) -> str:
    xml = escape(_NOT_SAID.sub(lambda found: f"_x{ord(found[0]):04X}_", said))
    of = f' s="{style}"' if style else ""
    return f'<c{of} t="inlineStr"><is><t xml:space="preserve">{xml}</t></is></c>'


def _days(day: date) -> int:
    return (day - DAY_ZERO).days
