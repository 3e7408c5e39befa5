"""The gate before a command: who runs it, whether they may, for what purpose; and its entry in the audit log.

The twin of `staff.gate` for the command line. In this order, the first that fails answers: a session (or the key of an
unattended job) → it stands, for this OS user and account → the action is allowed to the role (or the service) → a
purpose, where the table asks for one. Then the entry is durable, and only then the command runs (P3, P10). The session
must stand in every database the command could reach: one that was forged in another database opens nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import psycopg

from kofu.core.errors import OperatorFault
from kofu.core.short_text import shortened
from kofu.platform.audit import AuditEntry, append
from kofu.staff.operators.domain.operator_sessions import WhyNot, why_not
from kofu.staff.operators.services import ServiceProof, UnattendedJob, service_known
from kofu.staff.operators.sessions import OsUser, find_session
from kofu.staff.permissions import PERMISSIONS, Action

#: As long as a login can be: accounts say by whom they were made.
ACTOR_LENGTH_MAX = 32
OWNER = "owner:"
#: What the owner may do as long as there are fewer administrators than this; else there must be none. One alone can
#: confirm nothing, so the owner makes the second; of two, one can be locked out.
ADMINISTRATORS_BELOW = {"account.create": 2, "account.office": 2, "account_change.confirm": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who runs a command, as the audit log and the use cases name them.

    `actor`: a login, `service:<name>`, or `owner:<user>` for who begins a system without an administrator. `session`:
    number of the operator's session; 0, and `office` and `role` "", for the others.
    """

    system: str
    command: str
    actor: str
    office: str = ""
    role: str = ""
    session: int = 0
    purpose: str = ""
    os_user: str = ""
    os_uid: int = -1

    @property
    def begins(self) -> bool:
        """Whether this is the owner of a system that has no administrator yet."""
        return self.actor.startswith(OWNER)

    @property
    def lane(self) -> str:
        """The chain of the audit log in which commands' entries stand."""
        return f"{self.system}-commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCommand:
    """What is asked for: a command that declares an action, in a system, at an instant, by an OS user.

    `specimen`: papers say 見本 here. `now` an aware instant, `today` its day in Japan.
    """

    system: str
    command: str
    action: Action
    purpose: str
    who: OsUser
    now: datetime
    today: date
    specimen: bool


WORDS = {
    WhyNot.UNKNOWN: "nobody is logged in here",
    WhyNot.OTHER_USER: "the session was opened by another user of this machine",
    WhyNot.ENDED: "the session was ended",
    WhyNot.EXPIRED: "the session is over",
    WhyNot.ACCOUNT: "the account is not in use today",
    WhyNot.INITIAL: "the account has no password of its own yet",
    WhyNot.DEMONSTRATION: "an account of the demonstration opens nothing where papers are real",
}


def enter_operator(urls: Sequence[str], asked: AskedCommand, token: str | None) -> Operator:
    """Let an operator's command run, on record in the first database. Raises `OperatorFault`; nothing runs then."""
    operator, refused = _holder_of(urls, asked, token)
    if refused is not None:
        if operator.actor:
            _record(urls[0], asked, operator, refused.value)
        raise OperatorFault(
            refused.value, f"{WORDS[refused]}: `kofu login {asked.system}` opens a session under your own account"
        )
    if not PERMISSIONS.allows(operator.role, asked.action.code, asked.system):
        _record(urls[0], asked, operator, "refused")
        label = PERMISSIONS.role(operator.role).label
        raise OperatorFault("not_allowed", f"{operator.actor} ({label}) may not do this: {asked.action.label}")
    if asked.action.purpose:
        _ensure_purpose(asked)
    _record(urls[0], asked, operator, "allowed")
    return operator


def _holder_of(urls: Sequence[str], asked: AskedCommand, token: str | None) -> tuple[Operator, WhyNot | None]:
    """Say whose session a token is, and why it opens nothing: in the first of the databases where it does not stand."""
    operator, refused = _nobody(asked), WhyNot.UNKNOWN if token is None or not urls else None
    for url in urls if token is not None else ():
        with psycopg.connect(url) as connection:
            session = find_session(connection, token or "")
        if session is None:
            return operator, WhyNot.UNKNOWN
        operator = replace(
            operator, actor=session.login, office=session.office, role=session.role, session=session.session_id
        )
        refused = why_not(session, uid=asked.who.uid, now=asked.now, today=asked.today, specimen=asked.specimen)
        if refused is not None:
            return operator, refused
    return operator, refused


def _nobody(asked: AskedCommand, actor: str = "") -> Operator:
    """Give who asks as far as the operating system knows."""
    return Operator(
        system=asked.system, command=asked.command, actor=actor, purpose=asked.purpose,
        os_user=asked.who.name, os_uid=asked.who.uid,
    )  # fmt: skip


def enter_first(urls: Sequence[str], asked: AskedCommand, token: str | None) -> Operator | None:
    """Let the owner of a database without enough administrators begin, on record; None where there is one to ask.

    Who is logged in (`token`) acts under their own name as soon as there is any administrator; the demonstration's are
    none that bind a real system, but under 見本 they work like others. A database from before there were sessions has
    none to show: bringing it to this version is a beginning too.
    """
    below = ADMINISTRATORS_BELOW.get(asked.action.code, 1)
    for url in urls:
        with psycopg.connect(url) as connection:
            found = _administrators(connection, asked.today)
            known = asked.specimen and token is not None and _has_session(connection, token)
        if found >= below or known or (found and token is not None):
            return None
    operator = _nobody(asked, shortened(f"{OWNER}{asked.who.name}", ACTOR_LENGTH_MAX))
    with psycopg.connect(urls[-1]) as connection:
        if _of_this_version(connection):  # else the command brings it there, and says so afterwards: `record_done`
            append(connection, operator.lane, _entry(operator, asked.action.code, "first", asked.now))
    return operator


def record_done(url: str, operator: Operator, action: str, now: datetime) -> None:
    """Put on record, by itself, that a command did its work."""
    with psycopg.connect(url) as connection:
        append(connection, operator.lane, _entry(operator, action, "done", now))


def _of_this_version(connection: psycopg.Connection) -> bool:
    """Whether the tables of sessions are there, and the record with them."""
    row = connection.execute("SELECT to_regclass('staff_operator_session')").fetchone()
    return row is not None and row[0] is not None


def _has_session(connection: psycopg.Connection, token: str) -> bool:
    """Whether a token is that of a session of this database, over or not."""
    return _of_this_version(connection) and find_session(connection, token) is not None


def _administrators(connection: psycopg.Connection, today: date) -> int:
    """Count who could open a session as an administrator: active accounts with that role, where the tables are there.

    A version before this one says only whether there is any.
    """
    if not _of_this_version(connection):
        return 0
    counts = connection.execute("SELECT to_regprocedure('staff_administrators(date)') IS NOT NULL").fetchone()
    asked = "SELECT staff_administrators(%s)" if counts and counts[0] else "SELECT staff_administered(%s)::int"
    found = connection.execute(asked, [today]).fetchone()
    return int(found[0]) if found else 0


def enter_service(urls: Sequence[str], asked: AskedCommand, service: UnattendedJob, proof: ServiceProof) -> Operator:
    """Let an unattended job's command run, on record. Raises `OperatorFault`; nothing runs then."""
    operator = _nobody(asked, service.actor)
    for url in urls:
        with psycopg.connect(url) as connection:
            if not service_known(connection, service, proof):
                raise OperatorFault(
                    "service_key_refused",
                    f"the key of {service.code} is not the one {asked.system} knows; `kofu service key` makes one",
                )
    if asked.action.code not in service.actions or asked.system != service.system:
        _record(urls[0], asked, operator, "refused")
        raise OperatorFault("not_allowed", f"{service.code} ({service.label}) may not do this: {asked.action.label}")
    _record(urls[0], asked, operator, "allowed")
    return operator


def record_people(
    connection: psycopg.Connection, operator: Operator, action: str, pseudonyms: tuple[str, ...], now: datetime
) -> None:
    """Add, in the caller's transaction, one entry with everybody a command concerned, by their pseudonyms."""
    append(connection, operator.lane, _entry(operator, action, "concerned", now).naming(pseudonyms))


def _ensure_purpose(asked: AskedCommand) -> None:
    known = {purpose.code for purpose in PERMISSIONS.purposes}
    if asked.purpose not in known:
        raise OperatorFault("no_purpose", f"say what for, by --purpose: one of {', '.join(sorted(known))}")


def _record(url: str, asked: AskedCommand, operator: Operator, result: str) -> None:
    with psycopg.connect(url) as connection:
        append(connection, operator.lane, _entry(operator, asked.action.code, result, asked.now))


def _entry(operator: Operator, action: str, result: str, now: datetime) -> AuditEntry:
    detail: dict[str, str | int] = {"command": operator.command, "os_user": operator.os_user, "os_uid": operator.os_uid}
    if operator.session:
        detail |= {"session": operator.session, "office": operator.office, "role": operator.role}
    if operator.purpose:
        detail["purpose"] = operator.purpose
    return AuditEntry(action=action, actor=operator.actor, result=result, occurred_at=now, detail=detail)
