"""The record of a machine's answers about people: who asked, what for, about whom, in the answer's transaction (P10).

A person is known by what the system knows them by: 宛名番号 in a municipality, the serial of a card, 住民票コード. Each
has a pseudonym under the system's own key. Where the entry cannot be written the answer does not leave.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import psycopg

from kofu.platform.audit import AuditEntry, append_async
from kofu.platform.made_once import secret_file
from kofu.platform.pseudonym import Pseudonyms
from kofu.platform.settings import var_dir


class KnownBy(StrEnum):
    """By what a person is known, where it is not a 宛名番号."""

    SERIAL = "serial"
    RESIDENT_CODE = "resident_code"


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """Appends entries about answers. `lane`: of this process; `names`: the system's pseudonyms."""

    names: Pseudonyms
    lane: str

    async def add(
        self,
        connection: psycopg.AsyncConnection,
        peer: str,
        action: str,
        result: str,
        *,
        scope: str,
        people: Iterable[str],
        **detail: str | int,
    ) -> None:
        """Append the entry of an answer to `peer` inside the caller's transaction.

        `scope`: the municipality of 宛名番号 in `people`, or a `KnownBy`. Raises `psycopg.Error`.
        """
        named = dict.fromkeys(found for one in people if (found := self.names.of(scope, one)) is not None)
        pseudonyms = tuple(named)
        entry = AuditEntry(
            action=action,
            actor=peer,
            result=result,
            occurred_at=datetime.now(UTC),
            subject_pseudonym=pseudonyms[0] if len(pseudonyms) == 1 else None,
            subjects=pseudonyms if len(pseudonyms) > 1 else (),
            detail=detail,
        )
        await append_async(connection, self.lane, entry)


def record_of_answers(system: str) -> AnswerRecord:
    """Give the record of a system's answers; its key of pseudonyms is made at first use."""
    key = var_dir() / "keys" / f"{system}-pseudonyms.key"
    return AnswerRecord(Pseudonyms(secret_file(key)), f"{system}-answers-{os.environ.get('KOFU_NODE', '1')}")
