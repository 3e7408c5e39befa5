"""Whom a page shows: everybody who stands in what it is made of, so that no screen has to remember to say it.

Every page passes through `RecordedPages`. Before a page is made, the values it is made of are walked: whatever has an
`addressee_number` (宛名番号), or says by `people_shown` whom it names, is a person the visit concerned. What a page is
given counts as shown, whether its template prints it or not. Whoever a row names by its 通知書番号 alone is looked up
among the system's people. A form that comes back shows the numbers that were typed into its `people_fields`. A file
that is no page (CSV, PDF, bank file) says by `staff.work.concerns_all` whom it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
from django.forms import BaseForm, BaseFormSet
from django.http import HttpRequest
from django.template.backends.django import DjangoTemplates, Template

from kofu.staff.known_people import people_of_system
from kofu.staff.work import StaffVisit, note_people, profile, use_case_connection

NUMBER = "addressee_number"
NOTICE = "notice_number"
DECLARED = "people_shown"
SHOWN = "values_shown"
FORM_FIELDS = "people_fields"
DEPTH_MAX = 12


def note_shown(visit: StaffVisit, value: object) -> None:
    """Note on a visit everybody a value names, whoever stands behind a 通知書番号 of it among them."""
    note_people(visit, people_in(value))
    notices = set(notices_in(value))
    if notices:
        with use_case_connection() as connection:
            note_people(visit, people_of_system().of_notices(connection, profile().code, sorted(notices)))


def people_in(value: object) -> Iterator[str]:
    """Give the 宛名番号 of everybody named in a value: in it, or in the lists, mappings and values it is made of.

    A value with `people_shown` says itself whom it names. Iterators are left alone: a page could not read them again.
    """
    for one in _values_in(value):
        yield from _typed(one) if isinstance(one, BaseForm) else _named_by(one)


def notices_in(value: object) -> Iterator[str]:
    """Give the 通知書番号 in a value that stand there without the 宛名番号 of whom they are."""
    for one in _values_in(value):
        number = getattr(one, NOTICE, None)
        if isinstance(number, str) and number and not getattr(one, NUMBER, None):
            yield number


def _values_in(value: object, depth: int = 0) -> Iterator[object]:
    """Give a value and all it is made of, texts and numbers left out."""
    if value is None or isinstance(value, str | bytes | int | float | type) or depth > DEPTH_MAX:
        return
    yield value
    for inner in _parts(value):
        yield from _values_in(inner, depth + 1)


def _named_by(value: object) -> Iterator[str]:
    """Give whom a value itself names."""
    yield from getattr(value, DECLARED, ())
    number = getattr(value, NUMBER, None)
    if isinstance(number, str):
        yield number


def _typed(form: BaseForm) -> Iterator[str]:
    """Give the numbers in a form that was sent, as they were typed."""
    for name in getattr(form, FORM_FIELDS, (NUMBER,)):
        if form.is_bound and name in form.fields:
            yield from str(form.data.get(form.add_prefix(name)) or "").split()


def _parts(value: object) -> Iterator[object]:
    """Give what a list, a mapping, a set of forms or a value of this program is made of; of others nothing.

    A value that shows only some of what it has says so by `values_shown`.
    """
    yield from getattr(value, SHOWN, ())
    if isinstance(value, Mapping):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, BaseFormSet):
        yield from value.forms
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif is_dataclass(value):
        for field in fields(value):
            yield getattr(value, field.name, None)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield getattr(value, name)


class RecordedPage(Template):
    """A page that notes whom it shows before it is made."""

    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> str:
        """Note everybody in the context on the visit, then make the page."""
        visit = getattr(request, "visit", None)
        if isinstance(visit, StaffVisit) and context:
            note_shown(visit, context)
        return super().render(context, request)


class RecordedPages(DjangoTemplates):
    """The templates of the staff screens."""

    def from_string(self, template_code: str) -> RecordedPage:
        """Give a page from its text."""
        return RecordedPage(self.engine.from_string(template_code), self)

    def get_template(self, template_name: str) -> RecordedPage:
        """Find a page by its name. Raises Django's `TemplateDoesNotExist`."""
        return RecordedPage(super().get_template(template_name).template, self)
