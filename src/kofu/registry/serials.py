"""The registry's serials: loaded from a file, looked up, revoked."""

from __future__ import annotations

from pathlib import Path

import psycopg

from kofu.core.errors import OperatorFault

HEADER = "serial,valid_from,valid_to,status"
REVOKED = "SELECT serial, status_since AS since, status FROM card_serial WHERE status <> 'valid' ORDER BY serial"
CHANGES = "SELECT count(*), max(status_since) FROM card_serial WHERE status <> 'valid'"
LOOK_UP = "SELECT valid_from, valid_to, status, status_since FROM card_serial WHERE serial = %s"
TAKE_IN = """
INSERT INTO card_serial (serial, valid_from, valid_to, status) SELECT serial, valid_from, valid_to, status FROM given
ON CONFLICT (serial) DO UPDATE SET
  valid_from = EXCLUDED.valid_from,
  valid_to = EXCLUDED.valid_to,
  status = CASE card_serial.status WHEN 'revoked' THEN 'revoked' ELSE EXCLUDED.status END,
  status_since = CASE
    WHEN card_serial.status IN ('revoked', EXCLUDED.status) THEN card_serial.status_since ELSE now()
  END
"""


def load_serials(connection: psycopg.Connection, path: Path) -> int:
    """Replace all serials by those of a CSV file (`serial,valid_from,valid_to,status`), whole or not at all.

    What was revoked stays revoked, whatever an older file says (P7); a status that did not change keeps its time.
    Needs the owner's connection. Gives the number of serials. Raises `OperatorFault` for a file that does not fit,
    naming the line where PostgreSQL gives one; yesterday's serials then stay.
    """
    with path.open("rb") as file:
        header = file.readline().decode("utf-8", errors="replace").rstrip("\n")
        if header != HEADER:
            raise OperatorFault("serials_header", f"{path.name}: the first line is not {HEADER}")
        try:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("CREATE TEMPORARY TABLE given (LIKE card_serial INCLUDING ALL) ON COMMIT DROP")
                cursor.execute("ALTER TABLE given DROP COLUMN status_since")
                with cursor.copy(f"COPY given ({HEADER}) FROM STDIN (FORMAT csv)") as copy:
                    while data := file.read(1 << 20):
                        copy.write(data)
                rows = cursor.rowcount
                cursor.execute("DELETE FROM card_serial WHERE serial NOT IN (SELECT serial FROM given)")
                cursor.execute(TAKE_IN)
                return rows
        except psycopg.DataError as error:
            raise OperatorFault("serials_data", f"{path.name}: {_place(error)}") from error
        except psycopg.IntegrityError as error:
            raise OperatorFault("serials_data", f"{path.name}: {error.diag.constraint_name} is broken") from error


def revoke(connection: psycopg.Connection, serial: str) -> bool:
    """Mark a serial revoked; the caller commits, together with the hold that tells `issuing`. False where unknown."""
    known = connection.execute("SELECT FROM card_serial WHERE serial = %s FOR UPDATE", (serial,)).rowcount == 1
    connection.execute(
        "UPDATE card_serial SET status = 'revoked', status_since = now() WHERE serial = %s AND status <> 'revoked'",
        (serial,),
    )
    return known


def _place(error: psycopg.Error) -> str:
    """Say where a COPY failed without repeating the data: `COPY card_serial, line 3, column valid_to`."""
    context = (error.diag.context or "").split(":")[0]
    return f"{context or 'somewhere'}: {error.diag.sqlstate}"
