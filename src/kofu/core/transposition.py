"""Transposition tables (外字の変換表): which code of a neighbour's system stands for which character.

A municipality's old systems keep 外字 at private-use code points or with another collection's selectors; which
character each one is, only the municipality's own table says (文字情報基盤 or 行政事務標準文字 by its 文字図形名).
Such a table is data, CSV in UTF-8 without a byte order mark::

    from,to,mj_name,relation,source
    U+E123,U+8FBB U+E0102,MJ025760,same,外字台帳 2019 No.17
    U+E124,,MJ068101,same,行政事務標準文字 追加分
    U+E125,U+8FBA,,reduced,縮退マップ

`same`: one glyph, two codes; a name bears the other code from now on, and looks as it did. Without `to`, the character
is known by its name and has no code yet: it is not mapped. `reduced` (縮退) loses the form a person writes their name
in: such rows are kept as words for staff and never applied. A table in which two codes would become one, or one code
two, is refused whole: who was told apart by their name would not be any more.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from kofu.core.errors import OperatorFault
from kofu.core.names import clusters, code_points_of, is_variation_selector, read_code_points

HEADER = ["from", "to", "mj_name", "relation", "source"]
ROWS_MAX = 100_000
TOLD_MAX = 20
_MJ_NAME = re.compile(r"[A-Z]{1,8}[0-9]{1,8}")
_PAIR = 2
#: CJK compatibility ideographs, which stand for a source's form of a unified one (Unicode, 18.1).
_COMPATIBILITY = (range(0xF900, 0xFB00), range(0x2F800, 0x2FA20))


class Relation(StrEnum):
    """What a row says of its two codes."""

    SAME = "same"
    REDUCED = "reduced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transposition:
    """One row: `code` as neighbours write it, `to` as papers bear it ("": it has no code yet), where it is said."""

    code: str
    to: str
    mj_name: str
    relation: Relation
    source: str
    place: str


@dataclass(frozen=True, slots=True)
class Transposed:
    """A text after transposition, and how often each code was put otherwise in it."""

    text: str = field(repr=False)
    counts: Counter[str]


@dataclass(frozen=True)
class TranspositionTables:
    """All tables of a municipality together. `sha256`: of each table's bytes, in their order, for the record."""

    rows: tuple[Transposition, ...] = ()
    sha256: tuple[str, ...] = ()

    @cached_property
    def applied(self) -> Mapping[str, str]:
        """Code → character, of the rows that are applied."""
        return {row.code: row.to for row in self.rows if row.relation is Relation.SAME and row.to}

    @cached_property
    def marks(self) -> frozenset[str]:
        """Give characters of which any text the tables may touch holds one: a sequence is known by its selector."""
        return frozenset(code[-1] for code in self.applied)

    def transpose(self, text: str) -> Transposed:
        """Put every code the tables map as its character; everything else stays, code point by code point.

        Only a whole cluster is a code: one with a selector or a mark more than the table says is another character.
        """
        counts: Counter[str] = Counter()
        parts = []
        for cluster in clusters(text):
            to = self.applied.get(cluster)
            if to is not None:
                counts[cluster] += 1
            parts.append(cluster if to is None else to)
        return Transposed("".join(parts), counts)

    def words_on(self, cluster: str) -> tuple[Transposition, ...]:
        """Give what the tables say of a code without mapping it: its name, forms it might be reduced to."""
        return tuple(row for row in self.rows if row.code == cluster and row.code not in self.applied)


NO_TABLES = TranspositionTables()


class BadTables(OperatorFault):
    """Tables that cannot be used, whole. `problems`: the first of them, each with file, line and column."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the first problems; the message says them all."""
        more = (f"and {len(problems) - TOLD_MAX:,} more of the kind",) if len(problems) > TOLD_MAX else ()
        self.problems = (*problems[:TOLD_MAX], *more)
        super().__init__("bad_transposition_table", "\n".join(self.problems))


def read_tables(files: Sequence[tuple[str, bytes]]) -> TranspositionTables:
    """Read tables by (file name, bytes), whole. Raises `BadTables` with what is wrong in all of them."""
    problems: list[str] = []
    rows = tuple(row for name, data in files for row in _rows_of(name, data, problems))
    problems += _collisions(rows)
    if problems:
        raise BadTables(problems)
    return TranspositionTables(rows, tuple(hashlib.sha256(data).hexdigest() for _, data in files))


def _rows_of(name: str, data: bytes, problems: list[str]) -> list[Transposition]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.append(f"{name}: is not UTF-8 at byte {error.start}; save it as UTF-8")
        return []
    lines = csv.reader(text.splitlines())
    if next(lines, []) != HEADER:
        problems.append(f"{name}:1: the header row must be {','.join(HEADER)}, without a byte order mark")
        return []
    found: list[Transposition] = []
    for number, cells in enumerate(lines, start=2):
        if number > ROWS_MAX:
            problems.append(f"{name}: more than {ROWS_MAX:,} lines; keep what the municipality's data really bear")
            break
        place = f"{name}:{number}"
        row = _row_of(place, cells, problems)
        if row is not None:
            found.append(row)
    return found


def _row_of(place: str, cells: list[str], problems: list[str]) -> Transposition | None:
    if len(cells) != len(HEADER):
        problems.append(f"{place}: {len(cells)} cells, the header has {len(HEADER)}")
        return None
    said, to_said, mj_name, relation, source = cells
    code, to = read_code_points(said), read_code_points(to_said) if to_said else ""
    reduced = relation == Relation.REDUCED and code is not None and _is_character(code)
    rules = (
        (
            code is None or not (_is_code(code) or reduced),
            "from: is no code of 外字 (private use, a sequence, a compatibility ideograph) such as U+E123",
        ),
        (
            to is None or (to != "" and not _is_character(to)),
            "to: is no character of Unicode with or without its selector, written as U+8FBB U+E0101",
        ),
        (code is not None and code == to, "to: is the same as from; leave the row out"),
        (mj_name != "" and not _MJ_NAME.fullmatch(mj_name), "mj_name: is no 文字図形名 such as MJ025760"),
        (
            not to_said and (not mj_name or relation == Relation.REDUCED),
            "to: is empty; give the character. Only a row of same may name one that has no code yet by its mj_name",
        ),
        (relation not in set(Relation), "relation: is neither same nor reduced"),
        (not source.strip(), "source: is empty; say which table or ledger says so"),
    )
    wrong = [f"{place} {sentence}" for broken, sentence in rules if broken]
    problems += wrong
    if wrong or code is None or to is None:
        return None
    return Transposition(code=code, to=to, mj_name=mj_name, relation=Relation(relation), source=source, place=place)


def _is_code(text: str) -> bool:
    """Whether only a neighbour's convention says what it is: private use, a sequence, a compatibility ideograph."""
    if clusters(text) != (text,) or is_variation_selector(text[0]):
        return False
    if len(text) == _PAIR:
        return is_variation_selector(text[1])
    private = unicodedata.category(text) == "Co" if len(text) == 1 else False
    return private or (len(text) == 1 and any(ord(text) in block for block in _COMPATIBILITY))


def _is_character(text: str) -> bool:
    """Whether it is a letter (漢字, かな, 々, 〇), alone or with one selector: never private use, never a mark."""
    if clusters(text) != (text,) or len(text) > _PAIR:
        return False
    category = unicodedata.category(text[0])
    letter = category.startswith("L") or category == "Nl"
    return letter and (len(text) == 1 or is_variation_selector(text[1]))


def _collisions(rows: Iterable[Transposition]) -> list[str]:
    """Find codes that would become two characters, characters that two codes would become, and chains."""
    by_code, by_character = defaultdict[str, list[Transposition]](list), defaultdict[str, list[Transposition]](list)
    for row in rows:
        if row.relation is Relation.SAME:
            by_code[row.code].append(row)
            if row.to:
                by_character[row.to].append(row)
    found: list[str] = []
    for code, (first, *others) in by_code.items():
        found += [
            f"{row.place} from: {code_points_of(code)} stands at {first.place} already; one code is one character"
            for row in others
        ]
    for character, (first, *others) in by_character.items():
        named = code_points_of(character)
        found += [
            f"{row.place} to: {named} is what {first.place} maps to as well; two codes would become one"
            for row in others
        ]
        if character in by_code:
            found.append(
                f"{first.place} to: {named} is a code at {by_code[character][0].place}; map codes to the last character"
            )
    return found
