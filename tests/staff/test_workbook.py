"""The workbook of a list: what stands in a cell is what was in the row, and nothing is a formula."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest

from kofu.core.errors import OurFault
from kofu.staff.workbook import workbook_of

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_xml(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - our own


def cells(content: bytes) -> list[list[tuple[str, str]]]:
    """Read (kind, value) of each cell of each row, as SpreadsheetML says them: `s` is a text, `n` a number."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        sheet = read_xml(package.read("xl/worksheets/sheet1.xml"))
        texts = ["".join(text.itertext()) for text in read_xml(package.read("xl/sharedStrings.xml"))]
    assert sheet.findall(f".//{MAIN}f") == [], "no cell is a formula"
    assert sheet.findall(f".//{MAIN}hyperlink") == [], "no cell leads anywhere"
    return [
        [
            (cell.get("t", "n") + cell.get("s", ""), texts[int(said)] if cell.get("t") == "s" else said)
            for cell in row.iter(f"{MAIN}c")
            if (said := "".join(cell.itertext()))
        ]
        for row in sheet.iter(f"{MAIN}row")
    ]


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        ("00123", "s", "00123"),  # Excel makes 123 of it in a CSV
        ("20260000000000017", "s", "20260000000000017"),  # … and 2.026E+16 of this
        ("=HYPERLINK(1)", "s", "=HYPERLINK(1)"),  # CWE-1236: a text, not a formula
        ("1-2", "s", "1-2"),  # … and the second of January of this
        ("  空白 ", "s", "  空白 "),
        ("<b>&amp;", "s", "<b>&amp;"),
        ("葛\U000e0101城", "s", "葛\U000e0101城"),
        ("a\x00b", "s", "a_x0000_b"),  # ECMA-376 18.3.1.53: how what XML cannot say is said
        ("_x0041_", "s", "_x005F_x0041_"),
        (12_000, "n", "12000"),
        (-5, "n", "-5"),
        (date(2026, 11, 30), "n2", "46356"),
        (date(1900, 3, 1), "n2", "61"),
        (datetime(2026, 11, 30, 15, 0, tzinfo=UTC), "n2", "46357"),  # midnight in Japan
        (datetime(2026, 11, 30, 3, 0, tzinfo=UTC), "n2", "46356.5"),
        ("http://example.jp/", "s", "http://example.jp/"),  # a text, not a link
        ("{=1+1}", "s", "{=1+1}"),
        ("TRUE", "s", "TRUE"),
    ],
)
def test_a_cell_says_what_it_is(value: object, kind: str, said: str) -> None:
    assert cells(workbook_of("見本", ["値"], [[value]])) == [[("s1", "値")], [(kind, said)]]


@pytest.mark.parametrize("nothing", ["", None])
def test_where_there_is_nothing_the_cell_is_empty(nothing: object) -> None:
    assert cells(workbook_of("見本", ["値", "後"], [[nothing, "後"]])) == [[("s1", "値"), ("s1", "後")], [("s", "後")]]


def test_a_text_no_cell_can_have_is_refused_and_not_cut() -> None:
    with pytest.raises(OurFault, match="longer than the 32,767 characters"):
        workbook_of("見本", ["値"], [["長" * 32_768]])


def test_the_same_rows_give_the_same_bytes_and_a_title_is_made_a_name_of_a_sheet() -> None:
    """The file's digest stands in the record."""
    made = workbook_of('戻った[もの]/"一覧"' * 5, ["番号"], [["1"]])
    assert made == workbook_of('戻った[もの]/"一覧"' * 5, ["番号"], [["1"]])
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        workbook = read_xml(package.read("xl/workbook.xml"))
        for path in package.namelist():
            read_xml(package.read(path))
    assert [sheet.get("name") for sheet in workbook.iter(f"{MAIN}sheet")] == [('戻った　もの　　"一覧"' * 5)[:31]]
