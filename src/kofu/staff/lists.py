"""Lists people work with: ordered by any column, narrowed, counted, by pages, and given out as a file on record.

A view names its columns once and asks for the list; the template draws the rows and leaves the rest to three tags::

    PEOPLE = ListSpec("people", "処理していない過誤納", (ListColumn("氏名", lambda row: row.name), …))

    people = shown_list(request, PEOPLE, rows)          # rows as they were read, in their own order
    if given := given_out(request, people):
        return given
    return render(request, …, {"people": people})

    {% list_tools people %}<table class="list"><thead>{% list_heads people %}</thead>
    <tbody>{% for row in people.rows %}…

What narrows a list stands in its address, so nothing that names a person may: texts are ordered and given out, never
asked for. A file names its purpose, and everybody in it stands in the record (III-7⑥ of the assessment).
"""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from kofu.core.calendar import day_in_japan, in_japan
from kofu.staff.fields import DayField, NumberField
from kofu.staff.gate import refused
from kofu.staff.paging import ROWS, Page, page_of
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.shown_people import note_shown
from kofu.staff.work import actor, note, visit_of
from kofu.staff.workbook import workbook_of

EXPORT = "list.export"
YEN_MAX = 999_999_999_999
#: What a spreadsheet takes for the beginning of a formula (CWE-1236), in any width a text has it in (NFKC), and the
#: minus sign other tables of characters make of a hyphen.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{MINUS SIGN}")

Row = TypeVar("Row")


class ColumnKind(StrEnum):
    """What stands in a column, and so how it can be narrowed: texts not at all."""

    TEXT = "text"
    CHOICE = "choice"
    DAY = "day"
    NUMBER = "number"
    YEN = "yen"


class ListFile(StrEnum):
    """What a list is given out as."""

    WORKBOOK = "xlsx"  # for Excel: each cell says what it is
    CSV = "csv"  # for other systems


CONTENT_TYPES = {
    ListFile.WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ListFile.CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class ListColumn(Generic[Row]):
    """A column. `of`: its value in a row, None where it has no order and no place in a file (buttons).

    A `CHOICE` is a word of few, never a person's. `summed`: its sum stands above the list, in yen. Of lists the
    database orders (`staff.stored_lists`): `stored`: its column in the query, "" for none; `words`: those of its codes.
    """

    label: str
    of: Callable[[Row], object] | None = None
    kind: ColumnKind = ColumnKind.TEXT
    summed: bool = False
    stored: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        """Whether it is set to the right, as numbers are."""
        return self.kind in {ColumnKind.NUMBER, ColumnKind.YEN}


@dataclass(frozen=True, slots=True)
class ListSpec(Generic[Row]):
    """A list: `name` in the address (one of its kind on a page), what it is called on paper and in a file's name."""

    name: str
    title: str
    columns: tuple[ListColumn[Row], ...]
    rows: int = ROWS


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """The head of a column: where a click leads, and how the list is ordered by it now."""

    label: str
    right: bool
    query: str
    order: str


class ShownList(Generic[Row]):
    """A list as a page shows it: the rows of one page, the way to the others, and what narrows it.

    Not a dataclass: only who stands on this page is shown, and so on record (`values_shown`).
    """

    whole: int
    everything: tuple[Row, ...]
    page: Page
    rows: tuple[Row, ...]

    def __init__(self, request: HttpRequest, spec: ListSpec[Row], rows: Sequence[Row]) -> None:
        """Narrow, order and cut the rows as the address says."""
        self._begin(request, spec, rows)
        self.whole = len(rows)
        self.everything = tuple(self._ordered(self._narrowed(rows)))
        self.page = page_of(request, len(self.everything), rows=spec.rows, name=spec.name)
        self.rows = self.everything[self.page.offset : self.page.offset + self.page.rows]

    def _begin(self, request: HttpRequest, spec: ListSpec[Row], rows: Sequence[Row]) -> None:
        """Read what the address narrows by."""
        self.spec = spec
        self.request = request
        self.form = _form(spec, rows)(request.GET if self._asked(request) else None, prefix=spec.name)
        self.purpose_missing = False

    @property
    def file_kind(self) -> ListFile | None:
        """The kind of file the address asks for, None for none."""
        asked = self.request.GET.get(f"{self.spec.name}.file")
        return ListFile(asked) if asked in set(ListFile) else None

    @property
    def values_shown(self) -> tuple[Row, ...]:
        """What of it is on the page, for `staff.shown_people`."""
        return self.rows

    @property
    def narrowed(self) -> bool:
        """Whether something narrows the list."""
        return self.form.is_bound and bool(self.form.errors or any(self._wanted().values()))

    @property
    def total(self) -> int:
        """Rows that are left."""
        return len(self.everything)

    @property
    def sums(self) -> list[tuple[str, int]]:
        """Yen of every summed column over all pages."""
        return [
            (column.label, sum(int(str(column.of(row) or 0)) for row in self.everything))
            for column in self.spec.columns
            if column.summed and column.of is not None
        ]

    @property
    def heads(self) -> list[ColumnHead]:
        """The heads, each with the address that orders by it; a second click turns the order round."""
        by, back = self._order()
        return [
            ColumnHead(
                label=column.label,
                right=column.right,
                query=self._query(**{self._order_key: f"-{number}" if number == by and not back else str(number)})
                if self._has_order(column) and self.whole > 1
                else "",
                order=("descending" if back else "ascending") if number == by else "",
            )
            for number, column in enumerate(self.spec.columns)
        ]

    @property
    def rest(self) -> list[tuple[str, str]]:
        """What a form that narrows keeps of the address: the other lists' words, and this one's order."""
        return [
            (key, str(value))
            for key, value in self.request.GET.items()
            if not key.startswith(f"{self.spec.name}-") and key != self.spec.name and not _of_a_file(key)
        ]

    @property
    def all_words(self) -> list[tuple[str, str]]:
        """What a form that gives the list out keeps of the address: everything."""
        return [(key, str(value)) for key, value in self.request.GET.items() if not _of_a_file(key)]

    @property
    def cleared(self) -> str:
        """The address without what narrows the list."""
        query = self.request.GET.copy()
        for key in [key for key in query if key.startswith(f"{self.spec.name}-") or key == self.spec.name]:
            del query[key]
        return query.urlencode()

    @property
    def may_export(self) -> bool:
        """Whether who looks may have it as a file."""
        return PERMISSIONS.allows(actor(self.request).role, EXPORT, settings.KOFU_SYSTEM)

    @property
    def purposes(self) -> list[tuple[str, str]]:
        """Purposes a file can be for."""
        return [(purpose.code, purpose.label) for purpose in PERMISSIONS.purposes]

    @property
    def _order_key(self) -> str:
        return f"{self.spec.name}.by"

    def _asked(self, request: HttpRequest) -> bool:
        return any(key.startswith(f"{self.spec.name}-") for key in request.GET)

    def _wanted(self) -> dict[str, Any]:
        return self.form.cleaned_data if self.form.is_bound and self.form.is_valid() else {}

    def _narrowed(self, rows: Iterable[Row]) -> list[Row]:
        if self.form.is_bound and not self.form.is_valid():
            return []
        wanted, columns = self._wanted(), narrowed_by(self.spec)
        return [row for row in rows if all(_fits(column, row, str(number), wanted) for number, column in columns)]

    def _order(self) -> tuple[int | None, bool]:
        given = self.request.GET.get(self._order_key, "")
        number = given.removeprefix("-")
        if not (number.isascii() and number.isdigit() and len(number) <= 2):  # noqa: PLR2004 - fewer than 100 columns
            return None, False
        known = int(number) < len(self.spec.columns) and self._has_order(self.spec.columns[int(number)])
        return (int(number), given.startswith("-")) if known else (None, False)

    def _has_order(self, column: ListColumn[Row]) -> bool:
        return column.of is not None

    def _ordered(self, rows: list[Row]) -> list[Row]:
        by, back = self._order()
        if by is None:
            return rows
        value = self.spec.columns[by].of
        if value is None:
            return rows
        filled = [row for row in rows if value(row) not in {None, ""}]
        empty = [row for row in rows if value(row) in {None, ""}]
        return [*sorted(filled, key=lambda row: _sortable(value(row)), reverse=back), *empty]

    def _query(self, **changed: str) -> str:
        query = self.request.GET.copy()
        query.pop(self.spec.name, None)  # the first page of the new order
        for key in [key for key in query if _of_a_file(key)]:
            del query[key]
        for key, text in changed.items():
            query[key] = text
        return query.urlencode()


def shown_list(request: HttpRequest, spec: ListSpec[Row], rows: Sequence[Row]) -> ShownList[Row]:
    """Give a list as the address asks for it. What is no column, no page or no choice of it is passed over."""
    return ShownList(request, spec, rows)


def given_out(request: HttpRequest, *lists: ShownList[Any]) -> HttpResponse | None:
    """Give the list the address asks for as a file, or None where it asks for none.

    A workbook for Excel, or CSV in UTF-8 with the mark Excel looks for. The visit's entry says the purpose, how many
    rows, the file's digest, and names everybody in it. Without a purpose there is no file, and the list says so.
    """
    for one in lists:
        kind = one.file_kind
        if kind is None:
            continue
        if not one.may_export:
            visit_of(request).result = "refused"
            return refused(request, PERMISSIONS.action(EXPORT).label)
        purpose = request.GET.get("purpose", "")
        if purpose not in dict(one.purposes):
            one.purpose_missing = True
            return None
        content = (workbook if kind is ListFile.WORKBOOK else csv_of)(one.spec, one.everything)
        visit = visit_of(request)
        visit.purpose, visit.result = purpose, "exported"
        note(request, rows=one.total, sha256=hashlib.sha256(content).hexdigest())
        note_shown(visit, list(one.everything))
        answer = HttpResponse(content, content_type=CONTENT_TYPES[kind])
        name = f"{one.spec.title}-{day_in_japan(timezone.now()):%Y%m%d}.{kind}"
        answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
        return answer
    return None


def workbook(spec: ListSpec[Row], rows: Iterable[Row]) -> bytes:
    """Write rows as an Excel workbook: numbers of persons and notices are texts in it, and no text is a formula."""
    columns = _given_columns(spec)
    return workbook_of(spec.title, [label for label, _ in columns], ([of(row) for _, of in columns] for row in rows))


def csv_of(spec: ListSpec[Row], rows: Iterable[Row]) -> bytes:
    """Write rows as CSV: days as YYYY-MM-DD, yen as numbers, and no text a spreadsheet would take for a formula."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    columns = _given_columns(spec)
    table.writerow([label for label, _ in columns])
    for row in rows:
        table.writerow([_cell(of(row)) for _, of in columns])
    return text.getvalue().encode("utf-8-sig")


def _given_columns(spec: ListSpec[Row]) -> list[tuple[str, Callable[[Row], object]]]:
    """Give label and value of every column that has a place in a file."""
    return [(column.label, column.of) for column in spec.columns if column.of is not None]


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{in_japan(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return value
    said = str(value)
    return f"'{said}" if unicodedata.normalize("NFKC", said[:1]).startswith(FORMULA) else said


def _of_a_file(key: str) -> bool:
    return key.endswith(".file") or key == "purpose"


def narrowed_by(spec: ListSpec[Row]) -> list[tuple[int, ListColumn[Row]]]:
    """Give the columns a list can be narrowed by."""
    of_database = any(column.stored for column in spec.columns)
    return [
        (number, column)
        for number, column in enumerate(spec.columns)
        if column.of is not None and column.kind is not ColumnKind.TEXT and (column.stored or not of_database)
    ]


def _form(spec: ListSpec[Row], rows: Sequence[Row]) -> type[forms.Form]:
    """Make the form that narrows a list."""
    fields: dict[str, forms.Field] = {}
    for number, column in narrowed_by(spec):
        if column.kind is ColumnKind.CHOICE:
            said = {str(column.of(row)) for row in rows if column.of is not None and column.of(row)}
            words = list(dict.fromkeys(column.words.values())) or sorted(said)
            choices = [("", "すべて"), *((word, word) for word in words)]
            fields[str(number)] = forms.ChoiceField(label=column.label, required=False, choices=choices)
            continue
        bounds = {"from": "から", "to": "まで"} if column.kind is ColumnKind.DAY else {"from": "以上", "to": "以下"}
        for end, words_after in bounds.items():
            label = f"{column.label}（{words_after}）"
            fields[f"{number}_{end}"] = (
                DayField(label=label, required=False)
                if column.kind is ColumnKind.DAY
                else NumberField(label=label, required=False, min_value=-YEN_MAX, max_value=YEN_MAX)
            )
    return type("NarrowingForm", (forms.Form,), {"__module__": __name__, "__doc__": spec.title, **fields})


def _fits(column: ListColumn[Row], row: Row, name: str, wanted: dict[str, Any]) -> bool:
    value = column.of(row) if column.of is not None else None
    if column.kind is ColumnKind.CHOICE:
        return not wanted.get(name) or str(value) == wanted[name]
    first, last = wanted.get(f"{name}_from"), wanted.get(f"{name}_to")
    if first is None and last is None:
        return True
    if isinstance(value, datetime):
        value = day_in_japan(value)
    if value is None or value == "":
        return False
    return (first is None or value >= first) and (last is None or value <= last)


def _sortable(value: object) -> Any:
    """Give what orders a value among those of its column."""
    return value if isinstance(value, int | date | datetime) else str(value)
