"""What a look stands on: the system it asks, the time, the profile, the folder of run-time files, the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import InvariantBroken
from kofu.core.profile import Profile
from kofu.staff.permissions import PERMISSIONS, Permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceGround:
    """The ground of one look. `open_database`: in autocommit, the system's own, under a role of least rights.

    Raises whatever opening raises: what cannot be opened cannot be looked at (`looking.look`).
    """

    system: str
    now: datetime
    profile: Profile
    var: Path
    open_database: Callable[[], AbstractContextManager[psycopg.Connection]]
    permissions: Permissions = PERMISSIONS

    @property
    def today(self) -> date:
        """The day in Japan."""
        return day_in_japan(self.now)

    def figures(self, query: str, given: Sequence[object] | Mapping[str, object] | None = None) -> tuple[Any, ...]:
        """Give the one row of a query that counts. Raises `InvariantBroken` where there is none, `psycopg.Error`."""
        with self.open_database() as connection:
            row: tuple[Any, ...] | None = connection.execute(query, given).fetchone()
        if row is None:
            raise InvariantBroken("a query of figures gives one row")
        return row
