"""Every day, number, year and code of every staff screen is taken as people write it (case G: dates and numbers)."""

from __future__ import annotations

import ast
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms

from kofu.staff.fields import (
    AddresseeNumbersField,
    BirthdayField,
    CodeField,
    DayField,
    NumberField,
    PseudonymField,
    RateField,
    YearField,
)

pytestmark = pytest.mark.storage
SOURCE = Path(__file__).parents[2] / "src/kofu"
SCREENS = sorted(
    path
    for folder in (*SOURCE.glob("**/web"), SOURCE / "staff")
    for path in folder.rglob("*.py")
    if path.name != "fields.py"
)
PLAIN = {"DateField", "IntegerField", "DecimalField", "FloatField", "DateTimeField", "DateInput", "NumberInput"}
#: A login is a name, not a number.
NAMES = {"account_views.py"}


@pytest.fixture(autouse=True)
def _django(ledger_screens):
    """Django is set up, with every screen of the ledger."""


class Everything(forms.Form):
    """One field of each class."""

    day = DayField(required=False)
    amount = NumberField(required=False, min_value=0)
    year = YearField(required=False)
    rate = RateField(required=False, max_digits=4, decimal_places=1)
    code = CodeField(r"^[0-9]{7}$", joined=True, required=False)
    birthday = BirthdayField(required=False)
    numbers = AddresseeNumbersField(required=False)
    pseudonym = PseudonymField(required=False)


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("day", "Ｒ８．６．３０", date(2026, 6, 30)),
        ("day", "令和8年6月30日", date(2026, 6, 30)),
        ("day", "2026-06-30", date(2026, 6, 30)),
        ("day", "　", None),
        ("amount", "１２，３４５円", 12_345),
        ("amount", "1,200", 1_200),
        ("year", "令和8年度", 2026),
        ("year", "2026", 2026),
        ("rate", "０．９％", Decimal("0.9")),
        ("code", "１００－０００１", "1000001"),
        ("birthday", "S55.4.1", "1980-04-01"),
        ("birthday", "1950-03-??", "1950-03-??"),
        ("birthday", "", ""),
        ("numbers", "０１２，0034、\n5　0034", ("012", "0034", "5")),
        ("numbers", " ", ()),
        ("pseudonym", "ａ" * 32, "a" * 32),
    ],
)
def test_a_field_takes_what_is_written(name: str, written: str, read: object) -> None:
    form = Everything({name: written})
    assert form.is_valid(), form.errors
    assert form.cleaned_data[name] == read


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("day", "63.4.1", "元号が分かりません"),
        ("day", "R8.2.30", "暦にない日です"),
        ("day", "平成32年4月1日", "平成が終わった後の日です"),
        ("day", "あした", "日付として読めません"),
        ("amount", "1,23", "コンマの位置が違います"),
        ("amount", "12万円", "数として読めません"),
        ("amount", "-5", "0"),
        ("year", "8", "元号が分かりません"),
        ("rate", "0.95", "小数"),
        ("birthday", "5.3.1", "元号が分かりません"),
        ("birthday", "195?-03-01", "分からない部分は"),
        ("numbers", "0123 架空", "けた数か文字が違います"),
        ("numbers", "0123-0124", "けた数か文字が違います"),
        ("pseudonym", "0000000771", "「本人への開示」で探します"),
        ("pseudonym", "a" * 33, "「本人への開示」で探します"),
    ],
)
def test_a_field_says_in_japanese_what_it_cannot_read(name: str, written: str, said: str) -> None:
    form = Everything({name: written})
    assert not form.is_valid()
    assert said in str(form.errors[name])


@pytest.mark.parametrize("typed", ["架空　照子", "0000000771", "a" * 33])
def test_the_field_of_a_pseudonym_repeats_nothing_else_that_was_typed(typed: str) -> None:
    """P10: a name on a page is on record; one that was typed into this field would be shown without an entry."""
    assert typed not in str(Everything({"pseudonym": typed})["pseudonym"])
    assert "a" * 32 in str(Everything({"pseudonym": "a" * 32})["pseudonym"])


def _forms(base: type) -> list[type]:
    return [found for one in base.__subclasses__() for found in (one, *_forms(one))]


def test_every_form_of_the_ledger_takes_a_day_by_its_era_and_an_amount_with_commas() -> None:
    """The forms themselves, as the screens that are served have them."""
    from django.urls import get_resolver

    assert get_resolver().url_patterns
    mine = [form for form in _forms(forms.BaseForm) if form.__module__.startswith("kofu.")]
    days = amounts = 0
    for form in mine:
        for name, field in form.base_fields.items():
            if isinstance(field, forms.DateField):
                assert field.clean("令和8年6月30日") == date(2026, 6, 30), (form, name)
                days += 1
            elif isinstance(field, forms.IntegerField) and not isinstance(field, YearField | RateField):
                assert field.to_python("１，２００円") == 1_200, (form, name)
                amounts += 1
    assert days > 20
    assert amounts > 8


def _plain_fields(source: str) -> list[str]:
    return [
        node.func.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "forms"
        and node.func.attr in PLAIN | {"RegexField"}
    ]


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_screen_uses_a_field_that_takes_one_way_of_writing_only(path: Path) -> None:
    allowed = {"RegexField"} if path.name in NAMES else set()
    assert set(_plain_fields(path.read_text())) <= allowed


def test_the_search_for_such_fields_finds_them() -> None:
    assert _plain_fields("from django import forms\nclass F(forms.Form):\n    d = forms.DateField()\n") == ["DateField"]
    assert len(SCREENS) > 50


def test_no_template_holds_a_browsers_own_field_for_days_or_numbers() -> None:
    found = [
        str(path)
        for path in SOURCE.rglob("*.html")
        if re.search(r"type=.?(date|number|month|datetime-local)\b", path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize("day", [date(2026, 11, 30), date(2019, 5, 1), date(1989, 1, 7), date(1926, 12, 25)], ids=str)
def test_a_day_that_stands_in_a_field_is_in_the_japanese_calendar_and_is_read_as_that_day(day: date) -> None:
    """What the page proposed comes back as it was meant; what somebody wrote wrongly stays as it was written."""
    shown = str(Everything(initial={"day": day})["day"])
    stands = re.search('value="([^"]+)"', shown)
    assert stands is not None
    assert stands[1].startswith(("令和", "平成", "昭和"))
    again = Everything({"day": stands[1]})
    assert again.is_valid()
    assert again.cleaned_data["day"] == day
    assert 'value="きのう"' in str(Everything({"day": "きのう"})["day"])
