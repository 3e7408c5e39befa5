"""Fields of staff forms that take days and numbers as people write them, and say in Japanese what they cannot read.

Every day, amount, number, year and code on a staff screen is one of these; a test walks the forms and holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from kofu.core.as_written import UnreadableEntry, plain, read_day, read_decimal, read_number, read_year
from kofu.core.birthday import parse_birthday
from kofu.core.calendar import day_in_japan
from kofu.core.errors import PeerFault
from kofu.core.wareki import format_short

FAULTS = {
    "code": "けた数か文字が違います。番号の全部のけたを確かめてください。",
    "not_a_day": "日付として読めません。R8.6.30、令和8年6月30日、2026-06-30 のように記入してください。",
    "no_such_day": "暦にない日です。年月日を確かめてください。",
    "era_needed": "元号が分かりません。R8.6.30 または 2026-06-30 のように、元号または西暦で記入してください。",
    "era_not_begun": "{}が始まる前の日です。元号を確かめてください。",
    "era_over": "{}が終わった後の日です。次の元号または西暦で記入してください。",
    "birthday": "分からない部分は 1950-03-?? のように、年月日のけた数だけ ? を記入してください。",
    "not_a_year": "年として読めません。令和8、R8、2026 のように記入してください。",
    "not_a_number": "数として読めません。12,345 のように数字で記入してください。",
    "not_whole": "小数は記入できません。整数で記入してください。",
    "commas": "桁区切りのコンマの位置が違います。数字が落ちていないか確かめてください。",
    "too_long": "けた数が多すぎます。",
}
ADDRESSEE_NUMBER = "[0-9]{1,15}"
PSEUDONYM_LENGTH = 32
PSEUDONYM = f"[0-9a-f]{{{PSEUDONYM_LENGTH}}}"
#: A number or a name that was typed there found nothing, and looked as if nobody had looked at them.
NO_PSEUDONYM = "仮名は32桁の英数字です。氏名や宛名番号からは「本人への開示」で探します。"
DAY_HINT = "例 R8.6.30、令和8年6月30日、2026-06-30"
Read = TypeVar("Read")


def _read(read: Callable[[], Read]) -> Read:
    """Read what was written, or say what is wrong in the words of the screen."""
    try:
        return read()
    except UnreadableEntry as error:
        raise ValidationError(FAULTS[error.code].format(error.detail), code=error.code) from None


class DayInput(forms.DateInput):
    """Where a day is written: what stands in it is in 和暦, as on the rest of the page."""

    def format_value(self, value: Any) -> str | None:
        """Write a day; what somebody wrote stays as it was written."""
        return format_short(value) if isinstance(value, date) else super().format_value(value)


class DayField(forms.DateField):
    """A day: 和暦 or 西暦, full width or half."""

    def __init__(self, **given: Any) -> None:
        """Show a day in 和暦, and how one can be written where a screen says nothing else."""
        given.setdefault("widget", DayInput({"autocomplete": "off"}))
        super().__init__(**given)
        self.widget.attrs.setdefault("title", DAY_HINT)

    def to_python(self, value: Any) -> date | None:
        """Read a day; None for an empty field."""
        if value in self.empty_values or isinstance(value, date):
            return super().to_python(value)
        text = str(value)
        if not text.strip():
            return None
        return _read(lambda: read_day(text, today=day_in_japan(timezone.now())))


class NumberField(forms.IntegerField):
    """A whole number: an amount in yen, a count; with commas, 円, full width."""

    def __init__(self, **given: Any) -> None:
        """Show it in a field for text, since a browser's number field takes no commas."""
        given.setdefault("widget", forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(**given)

    def to_python(self, value: Any) -> int | None:
        """Read a number; None for an empty field."""
        if value in self.empty_values or isinstance(value, int):
            return super().to_python(value)
        text = str(value)
        return _read(lambda: read_number(text)) if text.strip() else None


class YearField(NumberField):
    """A year of the Western calendar or of an era, kept in the Western."""

    def to_python(self, value: Any) -> int | None:
        """Read a year; None for an empty field."""
        if value in self.empty_values or isinstance(value, int):
            return super().to_python(value)
        text = str(value)
        return _read(lambda: read_year(text)) if text.strip() else None


class RateField(forms.DecimalField):
    """A number with a fraction, as a rate in percent."""

    def __init__(self, **given: Any) -> None:
        """Show it in a field for text."""
        given.setdefault("widget", forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**given)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override] # as Django itself does
        """Read a number; None for an empty field."""
        if value in self.empty_values or isinstance(value, Decimal | int):
            return super().to_python(value)
        text = str(value)
        return _read(lambda: read_decimal(text)) if text.strip() else None


class CodeField(forms.RegexField):
    """A number that is a name (宛名番号, 口座番号, 郵便番号): full width is half width. `joined`: hyphens fall away."""

    def __init__(self, regex: str, *, joined: bool = False, **given: Any) -> None:
        """Give what the code looks like in half width."""
        self.joined = joined
        super().__init__(regex, **given)
        self.error_messages["invalid"] = (given.get("error_messages") or {}).get("invalid", FAULTS["code"])

    def to_python(self, value: Any) -> str:
        """Read the code; "" for an empty field."""
        text = plain(str(value)) if value not in self.empty_values else ""
        return str(super().to_python(text.replace("-", "") if self.joined else text))


class AddresseeNumbersField(CodeField):
    """Several 宛名番号, with spaces, commas or lines between them; gives them as a tuple."""

    def __init__(self, **given: Any) -> None:
        """Take digits and what stands between the numbers."""
        super().__init__(rf"^{ADDRESSEE_NUMBER}(?:,{ADDRESSEE_NUMBER})*$", **given)

    def to_python(self, value: Any) -> str:
        """Read the numbers, a comma between them; "" for an empty field."""
        text = "" if value in self.empty_values else str(value)
        return super().to_python(",".join(re.split(r"[\s,，、]+", text.strip(" \t\r\n,，、\u3000"))))

    def clean(self, value: Any) -> tuple[str, ...]:
        """Give each number once."""
        return tuple(dict.fromkeys(filter(None, super().clean(value).split(","))))


class PseudonymInput(forms.TextInput):
    """A field that repeats nothing but a pseudonym: a name typed into it would be shown without an entry."""

    def format_value(self, value: object) -> str:
        """Give the value as it stands in the field again."""
        return str(value) if re.fullmatch(PSEUDONYM, str(value)) else ""


class PseudonymField(CodeField):
    """A pseudonym (仮名), under which the record of operations names a person."""

    def __init__(self, **given: Any) -> None:
        """Say of anything else where people are found by number or name."""
        given.setdefault("label", "仮名")
        super().__init__(
            f"^{PSEUDONYM}$",
            widget=PseudonymInput({"autocomplete": "off"}),
            max_length=PSEUDONYM_LENGTH,
            error_messages={"invalid": NO_PSEUDONYM, "max_length": NO_PSEUDONYM},
            **given,
        )


class BirthdayField(forms.CharField):
    """生年月日: a day with its era or Western year, or as the register writes one that is partly unknown: 1950-03-??.

    Gives YYYY-MM-DD, ? for the digits of what is unknown.
    """

    def to_python(self, value: Any) -> str:
        """Read a birthday; "" for an empty field."""
        text = plain(str(value)) if value not in self.empty_values else ""
        if "?" not in text:
            return _read(lambda: read_day(text, today=None)).isoformat() if text else ""
        try:
            return parse_birthday(text).text()
        except PeerFault:
            raise ValidationError(FAULTS["birthday"], code="birthday") from None
