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
from kofu.platform.pseudonym import Pseudonyms, pseudonyms_of


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
        pseudonyms = self.names.of_all((scope, one) for one in people)
        entry = AuditEntry(action=action, actor=peer, result=result, occurred_at=datetime.now(UTC), detail=detail)
        await append_async(connection, self.lane, entry.naming(pseudonyms))


def record_of_answers(system: str) -> AnswerRecord:
    """Give the record of a system's answers; its key of pseudonyms is made at first use."""
    return AnswerRecord(pseudonyms_of(system), f"{system}-answers-{os.environ.get('KOFU_NODE', '1')}")
