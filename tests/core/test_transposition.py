"""外字 tables: a code becomes the one character the municipality's table says, and nothing else moves."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.transposition import NO_TABLES, BadTables, Relation, TranspositionTables, read_tables

HEAD = "from,to,mj_name,relation,source\n"
#: PUA of the BMP and of plane 16, Adobe-Japan1's selector, a compatibility ideograph; reduced forms beside them.
ROWS = """U+E123,U+8FBB U+E0101,,same,外字台帳 17
U+10F001,U+2B740,,same,行政事務標準文字
U+845B U+E0100,U+845B U+E0102,,same,異体字の対応
U+F9D0,U+985E U+E0101,,same,互換漢字の対応
U+E124,,MJ068101,same,行政事務標準文字 追加分
U+E124,U+8FBA,,reduced,縮退マップ
U+E125,U+8FBA,,reduced,縮退マップ
U+9AD9,U+9AD8,MJ028902,reduced,縮退マップ
"""


def tables(*texts: str) -> TranspositionTables:
    return read_tables([(f"{number}.csv", (HEAD + text).encode()) for number, text in enumerate(texts, 1)])


TABLES = tables(ROWS)


@pytest.mark.parametrize(
    ("name", "put", "counts"),
    [
        ("\ue123村", "辻\U000e0101村", {"\ue123": 1}),
        ("\ue123\ue123", "辻\U000e0101" * 2, {"\ue123": 2}),
        ("\U0010f001　一", "\U0002b740　一", {"\U0010f001": 1}),
        ("葛\U000e0100城", "葛\U000e0102城", {"葛\U000e0100": 1}),
        ("\uf9d0", "類\U000e0101", {"\uf9d0": 1}),
    ],
    ids=["private use", "twice", "plane 16 to plane 2", "another collection's selector", "compatibility ideograph"],
)
def test_a_code_becomes_what_the_table_says_and_is_counted(name: str, put: str, counts: dict[str, int]) -> None:
    found = TABLES.transpose(name)
    assert (found.text, dict(found.counts)) == (put, counts)


@pytest.mark.parametrize(
    "name",
    [
        "\ue200",  # private use no table knows
        "\ue124\ue125",  # known by name alone, or only as reduced: the form would be lost
        "髙橋",  # 縮退 is never applied
        "葛城",  # the bare character is no code
        "葛\U000e0101",  # nor is another selector
        "\ue123\U000e0100",  # a code with a selector is another character
        "\ue123\u3099",  # and so is one with a mark
        "か\u309a行",  # combining forms stay two code points
        "\ufa19\ufa3f\U0002f804",  # compatibility ideographs: NFC would make others of them
        "\U00020bb7野家\U00030000",  # planes 2 and 3
        "ﾀﾛｳ ｶﾞ",  # half-width kana
        "〓●？⿰木木",  # marks of a conversion: which character was lost, nobody knows
        "O\u2019Brien Ñandú",
    ],
)
def test_what_no_table_maps_stays_code_point_by_code_point(name: str) -> None:
    found = TABLES.transpose(name)
    assert (found.text, found.counts.total()) == (name, 0)


def test_normalising_would_have_destroyed_such_names() -> None:
    """The twin: what `transpose` must not do is seen by these characters."""
    assert unicodedata.normalize("NFC", "\ufa19\U0002f804") != "\ufa19\U0002f804"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_without_a_code_of_the_tables_any_text_stays(text: str) -> None:
    assert NO_TABLES.transpose(text).text == text
    if not TABLES.marks & set(text):
        assert TABLES.transpose(text).text == text


def test_staff_are_told_what_the_tables_say_of_a_code_that_is_not_mapped() -> None:
    assert [(row.mj_name, row.relation) for row in TABLES.words_on("\ue124")] == [
        ("MJ068101", Relation.SAME),
        ("", Relation.REDUCED),
    ]
    assert TABLES.words_on("\ue123") == ()


def test_the_digest_of_every_table_is_known() -> None:
    assert TABLES.sha256 == (hashlib.sha256((HEAD + ROWS).encode()).hexdigest(),)


FIRST = "U+E123,U+8FBB U+E0101,,same,x\n"
WRONG = {
    "two codes become one": (FIRST + "U+E124,U+8FBB U+E0101,,same,x\n", "1.csv:3 to: U+8FBB U+E0101 is what 1.csv:2"),
    "one code becomes two": (FIRST + "U+E123,U+8FBA U+E0101,,same,x\n", "1.csv:3 from: U+E123 stands at 1.csv:2"),
    "a chain": (FIRST + "U+8FBB U+E0101,U+8FBB U+E0102,,same,x\n", "1.csv:2 to: U+8FBB U+E0101 is a code at 1.csv:3"),
    "a circle": (
        "U+8FBB U+E0100,U+8FBB U+E0101,,same,x\nU+8FBB U+E0101,U+8FBB U+E0100,,same,x\n",
        "1.csv:2 to: U+8FBB U+E0101 is a code at 1.csv:3",
    ),
    "a character everybody has": ("U+8FBB,U+8FBA,,same,x\n", "1.csv:2 from: is no code of 外字"),
    "a mark of a conversion": ("U+3013,U+8FBA,,same,x\n", "1.csv:2 from:"),
    "a kana": ("U+FF71,U+30A2,,same,x\n", "1.csv:2 from:"),
    "the character itself": ("\ue123,U+8FBA,,same,x\n", "1.csv:2 from:"),
    "two characters": ("U+E123 U+E124,U+8FBA,,same,x\n", "1.csv:2 from:"),
    "a surrogate": ("U+D842 U+DFB7,U+8FBA,,same,x\n", "1.csv:2 from:"),
    "private use as the end": ("U+E123,U+E124,,same,x\n", "1.csv:2 to: is no character"),
    "a mark of a conversion as the end": ("U+E123,U+3013,,same,x\n", "1.csv:2 to:"),
    "two characters as the end": ("U+E123,U+8FBB U+8FBA,,same,x\n", "1.csv:2 to:"),
    "itself": ("U+845B U+E0100,U+845B U+E0100,,same,x\n", "1.csv:2 to: is the same as from"),
    "neither character nor name": ("U+E123,,,same,x\n", "1.csv:2 to: is empty"),
    "reduced to nothing": ("U+E123,,MJ068101,reduced,x\n", "1.csv:2 to: is empty"),
    "another word": ("U+E123,U+8FBA,,similar,x\n", "1.csv:2 relation: is neither same nor reduced"),
    "no name of the table": ("U+E123,U+8FBA,mj-1,same,x\n", "1.csv:2 mj_name:"),
    "no source": ("U+E123,U+8FBA,,same, \n", "1.csv:2 source: is empty"),
    "a cell too few": ("U+E123,U+8FBA,same,x\n", "1.csv:2: 4 cells, the header has 5"),
}


@pytest.mark.parametrize("rows", WRONG.values(), ids=WRONG)
def test_a_table_is_refused_whole_and_says_where_it_is_wrong(rows: tuple[str, str]) -> None:
    text, said = rows
    with pytest.raises(BadTables) as refused:
        tables(ROWS.replace("U+E123", "U+E223").replace("U+8FBB U+E0101", "U+5D0E U+E0101"), text)
    assert any(one.startswith(said.replace("1.csv", "2.csv")) for one in refused.value.problems), refused.value


def test_codes_collide_across_tables_too() -> None:
    with pytest.raises(BadTables, match=r"2\.csv:2 to: U\+8FBB U\+E0101 is what 1\.csv:2"):
        tables(FIRST, "U+E900,U+8FBB U+E0101,,same,x\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xef\xbb\xbf" + HEAD.encode(), "1.csv:1: the header row must be"),
        ((HEAD + FIRST + "外字").encode("cp932"), "1.csv: is not UTF-8"),
        (b"", "1.csv:1: the header row must be"),
    ],
)
def test_a_file_of_another_form_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(BadTables, match=said):
        read_tables([("1.csv", data)])


def test_of_many_mistakes_the_first_are_told_and_the_rest_counted() -> None:
    with pytest.raises(BadTables) as refused:
        tables("x,y,,same,z\n" * 30)
    assert len(refused.value.problems) == 21
    assert refused.value.problems[-1] == "and 40 more of the kind"
