"""会計日 on forms: chosen among the days that are open, the oldest first; nobody types one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger.books.accounting import accounting_days
from kofu.staff.templatetags.staff import day as day_words
from kofu.staff.work import profile, use_case_connection

DAY_FAULTS = {
    "day_closed": "この会計日は締められています。",
    "day_to_come": "先の日付です。",
    "day_not_open": "この日は会計日として開いていません。",
    "day_before_receipt": "領収日より前の会計日には登録できません。領収日以後の会計日を選んでください。",
    "day_same": "いまの会計日と同じ日です。",
}


def open_now() -> tuple[date, ...]:
    """Give the days that are open now, oldest first."""
    with use_case_connection() as connection:
        return accounting_days(connection, profile().code, day_in_japan(timezone.now())).open_days()


def open_choices() -> list[tuple[str, str]]:
    """Give the open days as a form's choices."""
    return [(day.isoformat(), day_words(day)) for day in open_now()]


def open_words() -> str:
    """Name the open days in a sentence."""
    return "開いている会計日は " + "、".join(words for _, words in open_choices()) + " です。"


def day_fault(error: KofuError) -> str | None:
    """Say why a 会計日 was refused, with the days that are open; None where the error is another one."""
    words = DAY_FAULTS.get(error.code)
    return f"{words}{open_words()}" if words else None


class BookingDayField(forms.TypedChoiceField):
    """会計日: the oldest open day is proposed."""

    def __init__(self, **given: Any) -> None:
        """Ask for the open days whenever the form is drawn or checked."""
        super().__init__(label="会計日", choices=open_choices, coerce=date.fromisoformat, **given)

    def validate(self, value: str) -> None:
        """Refuse a day that is not open, naming those that are."""
        if value and not self.valid_value(value):
            raise forms.ValidationError(f"この会計日は使えません。{open_words()}")
        super().validate(value)
