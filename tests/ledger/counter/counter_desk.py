"""A desk at the counter and what a clerk does at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.ledger.counter.domain.counter_requests import ASKED
from tests.ledger.counter_ward import WARD

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.counter import issue, preview
from kofu.ledger.counter.desk import CounterDesk
from kofu.ledger.counter.domain.rules import CounterApplication
from kofu.ledger.counter.domain.states import CounterState
from kofu.ledger.counter.store import CounterCopy, StoredApplication, application
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.platform.profiles import load_profile

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
CLERK = Acting("clerk", "test", NOW, "p")
CHIEF = Acting("chief", "test", NOW, "p")
HERE = "shunou"
PROFILE = load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml")
RULES = ledger_profile(WARD).certificates.decided_by


def asked(**changes: object) -> CounterApplication:
    return replace(ASKED, **changes)  # type: ignore[arg-type] # names of its fields


def applied(
    connection: psycopg.Connection,
    desk: CounterDesk,
    number: str,
    what: CounterApplication | None = None,
    *,
    office: str = HERE,
) -> StoredApplication:
    return issue.apply(connection, desk, uuid4(), what or asked(), addressee_number=number, office=office, acting=CLERK)


def issued(
    connection: psycopg.Connection, desk: CounterDesk, application_id: UUID, acting: Acting = CLERK
) -> tuple[CounterCopy, ...]:
    seen = preview.preview(connection, desk, application_id, today=DAY).seen
    return issue.issue(connection, desk, application_id, seen=seen, office=HERE, acting=acting)


def state(connection: psycopg.Connection, application_id: UUID) -> CounterState:
    return application(connection, application_id).state


def code_of(caught: pytest.ExceptionInfo[OperatorFault]) -> str:
    return caught.value.code
