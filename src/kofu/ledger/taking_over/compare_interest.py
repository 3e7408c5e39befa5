"""移行の比較: the 延滞金 the system before had on a day against what is calculated here, claim by claim.

Reads only. The old system gives out a CSV file (UTF-8, header `notice_number,installment,interest`): per 期別 that is
open the 延滞金 it would ask on one day.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import psycopg

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.interest import NewYear
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.taking_over.domain.old_figures import Differing, InterestFigures, Key, differences

HEADER = ["notice_number", "installment", "interest"]
CLAIMS_PER_GROUP = 5_000
OTHER_WAY = {NewYear.CUT: NewYear.JOIN, NewYear.JOIN: NewYear.CUT}


@dataclass(frozen=True, slots=True)
class InterestComparison:
    """What was compared: 期別 the old system named, those open here, and every one that differs."""

    named: int
    here: int
    differing: tuple[Differing, ...]


def compare_interest(
    connection: psycopg.Connection, municipality_code: str, file: Path, *, on: date, rules: MatchingRules
) -> InterestComparison:
    """Compare all open 期別 as of a day. Raises `OperatorFault` `old_figures` naming the line that cannot be read."""
    old = dict(_read(file))
    here = _quoted(connection, municipality_code, on, rules)
    return InterestComparison(len(old), len(here), differences(old, here))


def people_in_differences(
    connection: psycopg.Connection, municipality_code: str, differing: Iterable[Differing]
) -> list[str]:
    """Give the 宛名番号 behind 期別 that differ: for the record of who was given them. Of what is not here, nobody."""
    rows = connection.execute(
        "SELECT DISTINCT addressee_number FROM notice WHERE municipality_code = %s AND notice_number = ANY(%s)",
        [municipality_code, [one.key[0] for one in differing]],
    )
    return [number for (number,) in rows]


def _read(file: Path) -> Iterator[tuple[Key, int]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened)
            if next(reader, None) != HEADER:
                raise OperatorFault("old_figures", f"{file.name}: the first line must be {','.join(HEADER)}")
            seen: set[Key] = set()
            for cells in reader:
                if len(cells) != len(HEADER) or not (cells[2].isascii() and cells[2].isdigit()):
                    raise OperatorFault("old_figures", f"{file.name} line {reader.line_num}: no 期別 with its yen")
                key = (cells[0], cells[1])
                if key in seen:
                    raise OperatorFault("old_figures", f"{file.name} line {reader.line_num}: this 期別 stands twice")
                seen.add(key)
                yield key, int(cells[2])
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorFault("old_figures", f"{file.name} cannot be read as UTF-8 CSV: {error}") from error


def _quoted(
    connection: psycopg.Connection, municipality_code: str, on: date, rules: MatchingRules
) -> dict[Key, InterestFigures]:
    """Quote every open 期別 in groups, by the profile and with new years treated the other way."""
    ids = [
        row[0]
        for row in connection.execute(
            "SELECT claim_id FROM claim_balance JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
            " WHERE municipality_code = %s AND (due > 0 OR interest_due > 0) ORDER BY claim_id",
            [municipality_code],
        )
    ]
    other = replace(rules, new_year=OTHER_WAY[rules.new_year])
    figures: dict[Key, InterestFigures] = {}
    for first in range(0, len(ids), CLAIMS_PER_GROUP):
        group = ids[first : first + CLAIMS_PER_GROUP]
        theirs = quotes_of(connection, group, on, other)
        for claim_id, quote in quotes_of(connection, group, on, rules).items():
            key = (quote.claim.notice.notice_number, quote.claim.installment)
            figures[key] = InterestFigures(quote.interest, theirs[claim_id].interest)
    return figures
