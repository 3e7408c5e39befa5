"""住基ネットの照会, stand-in: one person outside the ward, by code or by what is known; every look-up on record.

More than one person is never named: a question that fits several must say more. Who is asked for is not in the record,
only by what; whom the answer named is, by 住民票コード.
"""

from __future__ import annotations

import csv
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from kofu.contracts.registry import LookedUp, LookUp, PersonOutside
from kofu.core.errors import OperatorFault, PeerFault
from kofu.platform.answer_record import AnswerRecord, KnownBy

COUNTED_MAX = 100
COLUMNS = (
    "resident_code", "name", "kana", "birthday", "sex", "postal_code", "address", "municipality", "status",
    "status_date",
)  # fmt: skip


def question_of(asked: LookUp) -> dict[str, str]:
    """Say by which columns a person is sought. Raises `PeerFault` `says_too_little`.

    The code is enough by itself. Else the name and the birthday or the address; the sex only narrows.
    """
    given = {
        "resident_code": asked.resident_code,
        "name": asked.name,
        "birthday": asked.birthday,
        "address": asked.address,
        "sex": asked.sex.value if asked.sex else None,
    }
    question = {name: value for name, value in given.items() if value}
    if "resident_code" not in question and not ("name" in question and question.keys() & {"birthday", "address"}):
        raise PeerFault("says_too_little", "give the 住民票コード, or the name and the birthday or the address")
    return question


async def answer_look_up(connection: psycopg.AsyncConnection, asked: LookUp, question: dict[str, str]) -> LookedUp:
    """Find who fits and write the record, in one transaction. An address fits from its beginning.

    Raises `PeerFault` `look_up_repeated` for an id that was answered before.
    """
    conditions = [f"{name} LIKE %s" if name == "address" else f"{name} = %s" for name in question]
    values = [_prefix(value) if name == "address" else value for name, value in question.items()]
    async with connection.transaction(), connection.cursor(row_factory=class_row(PersonOutside)) as cursor:
        await cursor.execute(
            f"SELECT {', '.join(COLUMNS)} FROM outside_person WHERE {' AND '.join(conditions)} LIMIT {COUNTED_MAX}",
            values,
        )
        people = await cursor.fetchall()
        person = people[0] if len(people) == 1 else None
        recorded = await connection.execute(
            "INSERT INTO look_up (look_up_id, clerk, office, purpose, asked_by, found, resident_code)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (look_up_id) DO NOTHING",
            [
                asked.look_up_id, asked.clerk, asked.office, asked.purpose, " ".join(sorted(question)), len(people),
                person.resident_code if person else "",
            ],
        )  # fmt: skip
        if recorded.rowcount != 1:
            raise PeerFault("look_up_repeated", "this look-up was answered already; ask under a new id")
    return LookedUp(look_up_id=asked.look_up_id, count=len(people), person=person)


async def record_look_up(
    record: AnswerRecord, connection: psycopg.AsyncConnection, peer: str, asked: LookUp, answer: LookedUp
) -> None:
    """Put on record, in the transaction of the answer, who looked for whom and why; whom it named, by pseudonym."""
    await record.add(
        connection,
        peer,
        "person.look_up",
        "told" if answer.person else "not_found",
        scope=KnownBy.RESIDENT_CODE,
        people=[answer.person.resident_code] if answer.person else [],
        clerk=asked.clerk,
        office=asked.office,
        purpose=asked.purpose,
        look_up=asked.look_up_id,
        found=answer.count,
    )


def load_outside(connection: psycopg.Connection, path: Path) -> int:
    """Replace the people outside by those of a CSV file, whole or not at all, by the owner's connection.

    Gives their number. Raises `OperatorFault` `outside_header`, `outside_data`.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if tuple(next(rows, ())) != COLUMNS:
            raise OperatorFault("outside_header", f"{path.name}: the first line is not {','.join(COLUMNS)}")
        try:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("DELETE FROM outside_person")
                with cursor.copy(f"COPY outside_person ({', '.join(COLUMNS)}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                return cursor.rowcount
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise OperatorFault("outside_data", f"{path.name}: {type(error).__name__}") from error


def _prefix(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
