"""What a screen works with: who acts, a connection for use cases, and whom the visit concerns.

::

    who = actor(request)
    with use_case_connection() as connection:
        refund.propose(connection, ground_of(who, …), …)      # a use case opens its own transaction
    with reading_connection() as connection:
        shown = read_person(connection, …)                     # all reads of a page see one moment
    concerns_all(request, numbers)                             # whom a file that is no page names
    concerns(request, addressee_number)                        # somebody a step was about, and no page shows

Whoever stands in what a page is made of is noted by itself (`staff.shown_people`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psycopg
from django.conf import settings
from django.http import HttpRequest
from psycopg_pool import ConnectionPool

from kofu.core.errors import InvariantBroken, OurFault
from kofu.core.profile import Profile
from kofu.platform.one_moment import one_moment
from kofu.platform.profiles import load_profile
from kofu.platform.pseudonym import pseudonyms_of
from kofu.platform.settings import database_url, profile_path
from kofu.staff.models import StaffAccount
from kofu.staff.permissions import Action

POOL_MAX = 8
POOL_WAIT_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffActor:
    """Who acts, as the audit log names them: login, office code, role code. Never a display name."""

    login: str
    office: str
    role: str


@dataclass(slots=True)
class StaffVisit:
    """One request for a screen, as it will stand in the audit log. The gate makes it; views add what they learn.

    `persons`: whom it concerned, by pseudonym, in the order they were noted. `result` None: taken from the answer's
    status. `detail`: more words about it, never personal data.
    """

    action: Action
    actor: StaffActor
    screen: str
    method: str
    persons: dict[str, None] = field(default_factory=dict)
    purpose: str = ""
    result: str | None = None
    detail: dict[str, str | int] = field(default_factory=dict)


def actor(request: HttpRequest) -> StaffActor:
    """Give who is logged in. Raises `InvariantBroken` where nobody is: the gate lets nobody through without."""
    account = request.user
    if not isinstance(account, StaffAccount):
        raise InvariantBroken("a staff screen is reached by an account only")
    return actor_of(account)


def actor_of(account: StaffAccount) -> StaffActor:
    """Give an account's actor."""
    return StaffActor(login=account.login, office=str(account.office_id), role=account.role)


def visit_of(request: HttpRequest) -> StaffVisit:
    """Give the visit the gate made for this request. Raises `OurFault` on a public page, which has none."""
    visit = getattr(request, "visit", None)
    if not isinstance(visit, StaffVisit):
        raise OurFault("no_visit", "a public page concerns nobody and has no entry in the audit log")
    return visit


def concerns(request: HttpRequest, addressee_number: str) -> None:
    """Note that this visit showed or changed something of the person with this 宛名番号."""
    note_people(visit_of(request), (addressee_number,))


def concerns_all(request: HttpRequest, addressee_numbers: Iterable[str]) -> None:
    """Note everybody a file or a step of this visit is about."""
    note_people(visit_of(request), addressee_numbers)


def note_people(visit: StaffVisit, addressee_numbers: Iterable[str]) -> None:
    """Note on a visit whom it concerned, by pseudonym. Of nobody ("") there is nothing to note."""
    code = profile().code
    people = pseudonyms_of(settings.KOFU_SYSTEM).of_all((code, number) for number in addressee_numbers)
    visit.persons.update(dict.fromkeys(people))


def note(request: HttpRequest, **detail: str | int) -> None:
    """Add words to this visit's audit entry (an export's digest, a count). Never personal data."""
    visit_of(request).detail.update(detail)


def lane(kind: str) -> str:
    """Name an audit lane of this process: screens' entries and use cases' entries never wait for each other."""
    return f"{settings.KOFU_SYSTEM}-{kind}-{os.environ.get('KOFU_NODE', '1')}"


_lock = threading.Lock()
_pools: dict[str, ConnectionPool] = {}


def _pool() -> ConnectionPool:
    """Open the pool on the system's least-right URL at first use."""
    url = database_url(settings.KOFU_SYSTEM)
    with _lock:
        if url not in _pools:
            _pools[url] = ConnectionPool(
                url,
                min_size=1,
                max_size=POOL_MAX,
                timeout=POOL_WAIT_SECONDS,
                kwargs={"autocommit": True},
                check=ConnectionPool.check_connection,
                open=True,
            )
        return _pools[url]


def close_connections() -> None:
    """Close every pool of this process."""
    with _lock:
        for pool in _pools.values():
            pool.close()
        _pools.clear()


@contextmanager
def use_case_connection() -> Iterator[psycopg.Connection]:
    """Lend a plain psycopg connection in autocommit mode; a use case opens its own transaction on it."""
    with _pool().connection() as connection:
        yield connection


@contextmanager
def reading_connection() -> Iterator[psycopg.Connection]:
    """Lend a connection on which a page reads everything as of one moment, and can write nothing.

    The record of the visit is no part of it: the gate writes it on a connection of its own, before the page is shown.
    """
    with use_case_connection() as connection, one_moment(connection):
        yield connection


@cache
def _profile_at(path: Path) -> Profile:
    return load_profile(path)


def profile() -> Profile:
    """Give the municipality's profile, read once for the process."""
    return _profile_at(profile_path())


def pseudonym_of(addressee_number: str) -> str | None:
    """Give the keyed pseudonym under which this system's audit log knows a person; None for nobody."""
    return pseudonyms_of(settings.KOFU_SYSTEM).of(profile().code, addressee_number)
