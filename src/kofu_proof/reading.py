"""What a paper says, read from where its words are drawn: the value beside or below each of its labels.

Labels are those of the 標準様式 (A4縦, 令和8年から). A paper that does not have a label, or has two values where one
belongs, is not read at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kofu_proof.labels import (
    BELOW,
    BESIDE,
    INSPECTED,
    INSPECTION,
    NO_ARREARS,
    STATEMENT,
    TABLES,
    Below,
    Beside,
    Table,
)
from kofu_proof.words import Page, UnreadablePaperError, Word, pages_of

SAME_ROW = 4.5  # points between the middles of a label and its value
BELOW_LABEL = 8.0  # points from a label down to a value below it, at the least
NEAREST = 46.0  # points sideways from the middle of a label to a value below it
HALF = 300.0  # points: the page's two columns meet here
VALUE_FROM, VALUE_TO_BIRTHDAY = 103.0, 386.0  # points: between them stand the values in the head of the paper
TALL = 16.0  # points above and below the middle of a label in which its text's lines stand
FOOT = 60.0  # points: number and page stand below this
ASSESSED = ("課税証明書", "非課税証明書", "所得証明書")
VALUE_OF_TABLE, VALUE_OF_INSPECTION = 113.0, 150.0  # points: values in the head of those papers stand right of it


@dataclass(frozen=True, slots=True)
class Says:
    """What a paper says: its kind's title, its number, its values by name; rows of a table by number."""

    title: str
    number: str
    issued_on: str
    values: dict[str, str]


def read(pdf: bytes) -> Says:
    """Read a paper. Raises `UnreadablePaperError`: not one page of the forms known here, or a value out of place."""
    pages = pages_of(pdf)
    if not pages or not pages[0].words:
        raise UnreadablePaperError("no page, or nothing on it")
    title = max(pages[0].words, key=lambda word: word.y).text
    if title in TABLES:
        values = _paid(pages, TABLES[title])
    elif title not in {*ASSESSED, INSPECTION}:
        raise UnreadablePaperError("a form not known here")
    elif len(pages) != 1:
        raise UnreadablePaperError("more than one page")
    else:
        values = _inspected(pages[0]) if title == INSPECTION else _assessed(pages[0], title)
    for number, page in enumerate(pages, start=1):
        if _one(page.called(f"{number}/{len(pages)}"), "page").y > FOOT:
            raise UnreadablePaperError("page number out of place")
    numbers = {_one(_beside(page, _label(page, "発行番号")), "number").text for page in pages}
    if len(numbers) != 1:
        raise UnreadablePaperError("pages of several papers")
    statement = _label(pages[-1], NO_ARREARS if title == INSPECTION else STATEMENT)
    dated = [word for word in pages[-1].between(FOOT, statement.y - 1) if word.x < HALF / 2]
    return Says(title=title, number=numbers.pop(), issued_on=_one(dated, "date").text, values=values)


def _assessed(page: Page, title: str) -> dict[str, str]:
    at, by, born = _label(page, "住\u3000所"), _label(page, "氏\u3000名"), _label(page, "生年月日")
    values = {
        "year": _second_from_above(page),
        "address": _text(word for word in page.row(at, TALL) if word.left > VALUE_FROM),
        "name": _text(word for word in page.row(by, TALL) if VALUE_FROM < word.left < VALUE_TO_BIRTHDAY),
        "birthday": _text(_beside(page, born)),
    }
    values |= {beside.name: _value_beside(page, beside) for beside in BESIDE if beside.on(title)}
    values |= {below.name: _value_below(page, below) for below in BELOW if below.on(title)}
    return values


def _second_from_above(page: Page) -> str:
    return sorted(page.words, key=lambda word: -word.y)[1].text


def _value_beside(page: Page, wanted: Beside) -> str:
    labels = page.called(wanted.label)
    if len(labels) <= wanted.nth:
        raise UnreadablePaperError(f"no label of {wanted.name}")
    return _one(_beside(page, labels[wanted.nth]), wanted.name).text


def _beside(page: Page, label: Word) -> list[Word]:
    left_half = label.x < HALF
    row = page.row(label, SAME_ROW)
    return [word for word in row if (word.x < HALF) == left_half and word.left > label.right]


def _value_below(page: Page, wanted: Below) -> str:
    """Read the value below a label: nothing where no word is nearer to it than to the labels beside it."""
    labels = sorted(page.called(wanted.label), key=lambda word: word.x)
    if len(labels) <= wanted.nth:
        raise UnreadablePaperError(f"no label of {wanted.name}")
    label = labels[wanted.nth]
    row = [word for word in page.row(label, 2 * SAME_ROW) if word.text in wanted.row]
    near = [
        word
        for word in page.between(label.y - wanted.down, label.y - BELOW_LABEL)
        if abs(word.x - label.x) < NEAREST and min(row, key=lambda other: abs(other.x - word.x)) is label
    ]
    if not near and wanted.may_be_empty:
        return ""
    return _one(near, wanted.name).text


def _inspected(page: Page) -> dict[str, str]:
    values = {name: _after(page, _label(page, label), VALUE_OF_INSPECTION) for label, name in INSPECTED}
    return values | {"year": _second_from_above(page)}


def _paid(pages: Sequence[Page], table: Table) -> dict[str, str]:
    """Read the table of a 納税証明書: a row per line between head and sum, each cell by the column it stands in."""
    values: dict[str, str] = {}
    number = 0
    for page in pages:
        values |= {name: _after(page, _label(page, label), VALUE_OF_TABLE) for label, name in table.beside}
        values["year"] = _second_from_above(page)
        heads = [_label(page, label) for label in table.columns]
        begins = min(word.y for word in (*heads, *(_label(page, label) for label in table.beneath)))
        sums = page.called("合\u3000計")
        floor = sums[0].y if sums else _label(page, "備").y
        for line in _lines(page.between(floor + SAME_ROW, begins - SAME_ROW)):
            number += 1
            values |= {f"row_{number}_{cell}": text for cell, text in _cells(line, heads, table)}
        if sums:
            total = [word for word in page.row(sums[0], SAME_ROW) if word is not sums[0]]
            values |= {f"total_{cell}": text for cell, text in _cells(total, heads, table)}
    values["rows"] = str(number)
    return values


def _after(page: Page, label: Word, begins: float) -> str:
    return _text(word for word in page.row(label, TALL) if word.left > begins)


def _cells(line: Iterable[Word], heads: Sequence[Word], table: Table) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for word in line:
        head = min(heads, key=lambda one: abs(one.x - word.x))
        cell = table.columns[head.text]
        if cell in found:
            raise UnreadablePaperError(f"two values in {cell}")
        found[cell] = word.text
    return sorted(found.items())


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda one: -one.y):
        if lines and abs(lines[-1][0].y - word.y) < SAME_ROW:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _label(page: Page, text: str) -> Word:
    """Find the one label of that text; the first from above, where a value says the same."""
    found = page.called(text)
    if not found:
        raise UnreadablePaperError("a label is not there")
    return found[0]


def _text(words: Iterable[Word]) -> str:
    return "".join(word.text for word in sorted(words, key=lambda word: (-round(word.y / 6), word.left)))


def _one(words: Sequence[Word], name: str) -> Word:
    if len(words) != 1:
        raise UnreadablePaperError(f"{len(words)} values of {name}")
    return words[0]
