"""Who and what the registry can put a hold on: a number it has registered, a serial it has issued.

A hold on a number nobody has protects nobody: the person it was meant for is not held (P7). So what names nobody is
refused where it is entered, by the one who can look the number up again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import psycopg

from kofu.contracts.issuing import Hold
from kofu.core.errors import OperatorFault

NUMBER_DIGITS_MAX = 15


def load_people(connection: psycopg.Connection, municipality_code: str, residents: Path) -> int:
    """Add the 宛名番号 of a resident feed's `residents.csv` to those the registry has registered, by the owner.

    Numbers are never taken away: who moved out or died can still be the subject of a hold. Gives how many are known.
    Raises `OperatorFault` `people_file` where the file has no such column or cannot be read.
    """
    try:
        with residents.open(encoding="utf-8", newline="") as file, connection.transaction():
            connection.execute("CREATE TEMPORARY TABLE given_person (addressee_number text) ON COMMIT DROP")
            with connection.cursor() as cursor, cursor.copy("COPY given_person FROM STDIN") as copy:
                for number in _numbers(file):
                    copy.write_row((number,))
            connection.execute(
                "INSERT INTO registered_person (municipality_code, addressee_number)"
                " SELECT DISTINCT %s, addressee_number FROM given_person ON CONFLICT DO NOTHING",
                [municipality_code],
            )
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorFault("people_file", f"{residents.name} cannot be read: {type(error).__name__}") from error
    row = connection.execute(
        "SELECT count(*) FROM registered_person WHERE municipality_code = %s", [municipality_code]
    ).fetchone()
    return int(row[0]) if row else 0


def check_known(connection: psycopg.Connection, holds: Iterable[Hold]) -> None:
    """Refuse holds on nobody, before anything of them is stored. A release names a hold, and is not looked at.

    Raises `OperatorFault` `number_form`, `people_not_loaded`, `person_unknown`, `serial_unknown`; none bears a number.
    """
    for place, hold in enumerate(holds, start=1):
        if hold.released:
            continue
        if hold.serial is not None:
            if not _exists(connection, "SELECT FROM card_serial WHERE serial = %s", [hold.serial]):
                raise OperatorFault(
                    "serial_unknown",
                    f"hold {place}: no certificate has this serial; read it again from the card's record",
                )
            continue
        number = hold.addressee_number or ""
        if not (number.isascii() and number.isdigit() and len(number) <= NUMBER_DIGITS_MAX):
            raise OperatorFault("number_form", f"hold {place}: a 宛名番号 is 1 to {NUMBER_DIGITS_MAX} digits 0 to 9")
        values = [hold.municipality_code, number]
        known = "SELECT FROM registered_person WHERE municipality_code = %s"
        if _exists(connection, f"{known} AND addressee_number = %s", values):
            continue
        if not _exists(connection, known, values[:1]):
            raise OperatorFault(
                "people_not_loaded", "the registry knows nobody yet: run `kofu registry people` with the resident feed"
            )
        raise OperatorFault(
            "person_unknown",
            f"hold {place}: nobody has this 宛名番号; look it up again by name and birthday. Who was registered today"
            " is known after `kofu registry people`",
        )


def is_known(connection: psycopg.Connection, known_by: str, municipality_code: str, word: str) -> bool:
    """Say whether somebody has a 宛名番号 (`number`), a `serial` or a 住民票コード (`resident_code`) here."""
    if known_by == "serial":
        return _exists(connection, "SELECT FROM card_serial WHERE serial = %s", [word])
    if known_by == "resident_code":
        return _exists(connection, "SELECT FROM outside_person WHERE resident_code = %s", [word])
    query = "SELECT FROM registered_person WHERE municipality_code = %s AND addressee_number = %s"
    return _exists(connection, query, [municipality_code, word])


def _exists(connection: psycopg.Connection, query: str, values: list[str]) -> bool:
    return connection.execute(query, values).fetchone() is not None


def _numbers(file: Iterable[str]) -> Iterable[str]:
    rows = csv.DictReader(file)
    if "addressee_number" not in (rows.fieldnames or ()):
        raise OperatorFault("people_file", "the file has no column addressee_number: give residents.csv of a feed")
    for row in rows:
        yield row["addressee_number"]
