"""Whether an operator's session stands at an instant, for the OS user who shows it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class WhyNot(StrEnum):
    """Why a session opens nothing: stable codes, as the audit log has them."""

    UNKNOWN = "no_session"
    OTHER_USER = "session_of_another_user"
    ENDED = "session_ended"
    EXPIRED = "session_expired"
    ACCOUNT = "account_not_active"
    INITIAL = "password_is_initial"
    DEMONSTRATION = "account_of_the_demonstration"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSession:
    """A session as the database knows it, with its account as it is now.

    `os_uid`: number of the OS user it was opened by. `expires_at`, `ended_at`: aware instants.
    """

    session_id: int
    login: str
    office: str
    role: str
    os_uid: int
    expires_at: datetime
    ended_at: datetime | None
    active_from: date
    active_to: date | None
    password_is_initial: bool
    demonstration: bool


def why_not(session: OperatorSession, *, uid: int, now: datetime, today: date, specimen: bool) -> WhyNot | None:
    """Say why a session opens nothing; None where it stands.

    `uid`: the OS user who shows it; `today`: the day in Japan of `now`; `specimen`: papers say 見本 here, so accounts
    with published passwords may act.
    """
    in_use = session.active_from <= today and (session.active_to is None or today <= session.active_to)
    against = (
        (session.os_uid != uid, WhyNot.OTHER_USER),
        (session.ended_at is not None, WhyNot.ENDED),
        (now >= session.expires_at, WhyNot.EXPIRED),
        (not in_use, WhyNot.ACCOUNT),
        (session.password_is_initial, WhyNot.INITIAL),
        (session.demonstration and not specimen, WhyNot.DEMONSTRATION),
    )
    return next((why for holds, why in against if holds), None)
