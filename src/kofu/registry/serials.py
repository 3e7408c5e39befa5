"""The registry's serials: loaded from a file, looked up, revoked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg

from kofu.core.errors import OperatorFault
from kofu.registry.domain.validity import SerialRecord

HEADER = "serial,valid_from,valid_to,status"
REVOKED = "SELECT serial FROM card_serial WHERE status <> 'valid' ORDER BY serial"
LOOK_UP = "SELECT valid_from, valid_to, status FROM card_serial WHERE serial = %s"


def load_serials(connection: psycopg.Connection, path: Path) -> int:
    """Replace all serials by those of a CSV file (`serial,valid_from,valid_to,status`), whole or not at all.

    Needs the owner's connection. Gives the number of serials. Raises `OperatorFault` for a file that does not fit,
    naming the line where PostgreSQL gives one; yesterday's serials then stay.
    """
    with path.open("rb") as file:
        header = file.readline().decode("utf-8", errors="replace").rstrip("\n")
        if header != HEADER:
            raise OperatorFault("serials_header", f"{path.name}: the first line is not {HEADER}")
        try:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("DELETE FROM card_serial")
                with cursor.copy(f"COPY card_serial ({HEADER}) FROM STDIN (FORMAT csv)") as copy:
                    while data := file.read(1 << 20):
                        copy.write(data)
                return cursor.rowcount
        except psycopg.DataError as error:
            raise OperatorFault("serials_data", f"{path.name}: {_place(error)}") from error
        except psycopg.IntegrityError as error:
            raise OperatorFault("serials_data", f"{path.name}: {error.diag.constraint_name} is broken") from error


def look_up(connection: psycopg.Connection, serial: str) -> SerialRecord | None:
    """Give what is known of a serial, or None."""
    row: tuple[date, date, str] | None = connection.execute(LOOK_UP, (serial,)).fetchone()
    return None if row is None else SerialRecord(*row)


def revoke(connection: psycopg.Connection, serial: str) -> bool:
    """Mark a serial revoked; the caller commits, together with the hold that tells `issuing`. False where unknown."""
    return connection.execute("UPDATE card_serial SET status = 'revoked' WHERE serial = %s", (serial,)).rowcount == 1


def _place(error: psycopg.Error) -> str:
    """Say where a COPY failed without repeating the data: `COPY card_serial, line 3, column valid_to`."""
    context = (error.diag.context or "").split(":")[0]
    return f"{context or 'somewhere'}: {error.diag.sqlstate}"
