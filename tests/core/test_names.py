"""Names keep every code point and selector; birthdays keep what is unknown unknown."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.birthday import Birthday, format_birthday, parse_birthday
from kofu.core.errors import PeerFault
from kofu.core.names import clusters, name_text_fault

IVS = "\U000e010f"  # VS32, with which 邉 is in Moji_Joho
NAME_CHARACTERS = st.sampled_from(
    [*"山田太郎邉葛髙𠮷﨑かがＡaé・（） 　", IVS, "\U000e0100", "\ufe00", "\u3099", "\u0301"]
)


@given(st.text() | st.text(NAME_CHARACTERS))
def test_clusters_join_back_to_the_same_text(text: str) -> None:
    assert "".join(clusters(text)) == text


def test_a_selector_belongs_to_the_character_before_it() -> None:
    assert clusters(f"渡邉{IVS}か\u3099") == ("渡", f"邉{IVS}", "か\u3099")


def test_compatibility_characters_stay_what_they_are() -> None:
    """U+FA19 is another character than U+795E; both normal forms lose it."""
    name = "\ufa19"
    assert unicodedata.normalize("NFC", name) != name
    assert (name_text_fault(name), clusters(name)) == (None, (name,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("山\n田", "a control character (U+000A) at position 2"),
        ("山\u0000", "a control character (U+0000) at position 2"),
        ("\u200b山", "an invisible format character (U+200B) at position 1"),
        ("山\u202e田", "an invisible format character (U+202E) at position 2"),
        ("山\ud800", "a lone surrogate (U+D800) at position 2"),
        ("山\u2028", "a line separator (U+2028) at position 2"),
        (f"{IVS}山", "a selector or mark without a base (U+E010F) at position 1"),
        ("山\uffff", "an unassigned code point (U+FFFF) at position 2"),
    ],
)
def test_what_cannot_be_part_of_a_name_is_refused_without_repeating_the_name(text: str, said: str) -> None:
    assert name_text_fault(text) == said
    assert "山" not in said


@given(
    st.dates(date(1868, 2, 1), date(2026, 12, 31)),
    st.sampled_from(["all", "day", "month", "everything"]),
)
def test_birthdays_read_back_as_they_were_written(day: date, unknown: str) -> None:
    text = {
        "all": f"{day:%Y-%m-%d}",
        "day": f"{day:%Y-%m}-??",
        "month": f"{day:%Y}-??-??",
        "everything": "????-??-??",
    }[unknown]
    assert parse_birthday(text).text() == text


@pytest.mark.parametrize(
    "text",
    ["1950-02-30", "1950-13-01", "1950-00-01", "1950-01-00", "50-1-1", "", "195?-01-01", "0000-01-01", "2023-02-29"],
)
def test_a_birthday_that_cannot_be_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(PeerFault) as caught:
        parse_birthday(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1950-03-01", "昭和25年3月1日"),
        ("1950-03-??", "昭和25年3月不詳"),
        ("1950-??-??", "昭和25年不詳"),
        ("????-??-??", "不詳"),
        ("1989-??-??", "西暦1989年不詳"),  # 昭和64年 or 平成元年: nobody knows which
        ("1989-01-??", "西暦1989年1月不詳"),
        ("1989-02-??", "平成元年2月不詳"),
    ],
)
def test_unknown_parts_of_a_birthday_are_said_to_be_unknown(text: str, written: str) -> None:
    assert format_birthday(parse_birthday(text)) == written


@pytest.mark.parametrize(
    ("text", "day", "age"),
    [
        ("2011-11-24", "2026-11-23", 14),
        ("2011-11-24", "2026-11-24", 15),
        ("2011-11-??", "2026-11-29", 14),
        ("2011-11-??", "2026-11-30", 15),
        ("2011-??-??", "2026-12-30", 14),
        ("2011-??-??", "2026-12-31", 15),
        ("2008-02-29", "2023-02-28", 14),
        ("2008-02-29", "2023-03-01", 15),
        ("????-01-01", "2026-01-01", None),
    ],
)
def test_an_age_is_the_youngest_it_can_be(text: str, day: str, age: int | None) -> None:
    assert parse_birthday(text).youngest_age_on(date.fromisoformat(day)) == age


def test_a_birthday_without_any_part_is_a_value_like_others() -> None:
    assert parse_birthday("????-??-??") == Birthday(None, None, None)
