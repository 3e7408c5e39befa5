"""Tags and filters every staff template has: fields with their errors beside them, yen, days, instants."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kofu.core.birthday import format_birthday, parse_birthday
from kofu.core.calendar import in_japan
from kofu.core.errors import PeerFault
from kofu.core.wareki import format_short, year_in_era
from kofu.staff.account_names import name_of_machine, names_of_accounts
from kofu.staff.lists import ShownList
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.work import profile

register = template.Library()
WEEKDAYS = "月火水木金土日"


@register.filter
def yen(amount: int | None) -> str:
    """Write an amount of yen with separators; a minus as ▲, as ledgers do; nothing for None."""
    if amount is None:
        return ""
    return f"▲{-amount:,}" if amount < 0 else f"{amount:,}"


@register.filter
def day(value: date | None) -> str:
    """Write a day as 令和8.11.23（月）; nothing for None."""
    return f"{format_short(value)}（{WEEKDAYS[value.weekday()]}）" if value is not None else ""


@register.filter
def instant(value: datetime | None) -> str:
    """Write an instant in Japan's time to the second, 令和8.11.23 09:04:05; nothing for None."""
    if value is None:
        return ""
    there = in_japan(value)
    return f"{format_short(there.date())} {there:%H:%M:%S}"


@register.filter
def birthday(text: str) -> str:
    """Write a birthday in 和暦, what is unknown of it as such; a text that is none stays as it is."""
    if not text:
        return ""
    try:
        return format_birthday(parse_birthday(text))
    except PeerFault:
        return text


@register.filter
def fiscal_year(year: int | None) -> str:
    """Write a fiscal year as the certificates bear it, 令和8年度; nothing for None."""
    return profile().year_label(year) if year else ""


@register.filter
def calendar_year(year: int | None) -> str:
    """Write a year of the calendar, 令和8年; one with two eras as 平成31年（令和元年）; nothing for None."""
    if not year:
        return ""
    first, last = year_in_era(date(year, 1, 1)), year_in_era(date(year, 12, 31))
    return first if first == last else f"{first}（{last}）"


@register.filter
def staff_name(login: str) -> str:
    """Write who did something by name; the login stands behind it. Systems and jobs bear their name in Japanese."""
    name = names_of_accounts().get(login)
    if name:
        return format_html('<span title="{}">{}</span>', login, name)
    return name_of_machine(login) or (format_html('<span class="login">{}</span>', login) if login else "")


@register.filter
def clock(value: datetime | None) -> str:
    """Write an instant's time of day in Japan, to the second; nothing for None."""
    return f"{in_japan(value):%H:%M:%S}" if value is not None else ""


@register.inclusion_tag("staff/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, object]:
    """Draw a form's field: label, control, hint, and its errors beside it."""
    widget = bound.field.widget
    group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    described = " ".join(
        name
        for name, there in (
            (f"{bound.auto_id}-hint", hint or bound.help_text),
            (f"{bound.auto_id}-error", bound.errors),
        )
        if there
    )
    attributes: dict[str, str | bool] = {}
    if described and not group:
        attributes["aria-describedby"] = described
    if bound.errors and not group:
        attributes["aria-invalid"] = "true"
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attributes),
        "hint": hint or bound.help_text,
        "group": group,
        "check": isinstance(widget, CheckboxInput),
    }


@register.inclusion_tag("staff/list_tools.html")
def list_tools(shown: ShownList[Any]) -> dict[str, object]:
    """Draw what stands above a list: how many, what narrows it, and the way to a file of it."""
    return {"list": shown}


@register.inclusion_tag("staff/list_heads.html")
def list_heads(shown: ShownList[Any]) -> dict[str, object]:
    """Draw the heads of a list, each a way to order by it."""
    return {"list": shown}


@register.simple_tag
def printed_at() -> str:
    """Write the moment a page is made, for its printed foot: 令和8.11.23 09:04."""
    return instant(timezone.now())[: -len(":00")]


@register.simple_tag
def submit(label: str, key: str = "", kind: str = "primary") -> SafeString:
    """Draw a form's button, with its access key shown."""
    if not key:
        return format_html('<button type="submit" class="{}">{}</button>', kind, label)
    return format_html(
        '<button type="submit" class="{}" accesskey="{}">{} <kbd>{}</kbd></button>', kind, key, label, key.upper()
    )


@register.simple_tag(takes_context=True)
def may(context: template.RequestContext, action: str) -> bool:
    """Say whether who looks at the page may do `action`: `{% may "case.sign" as may_sign %}`."""
    account = context["user"]
    return account.is_authenticated and PERMISSIONS.allows(account.role, action, settings.KOFU_SYSTEM)
