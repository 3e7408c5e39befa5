"""A session stands for one OS user, for a while, and no longer than its account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kofu.staff.operators.domain.operator_sessions import OperatorSession, WhyNot, why_not

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
SESSION = OperatorSession(
    session_id=1,
    login="sato",
    office="shomei",
    role="certificate_operator",
    os_uid=1000,
    expires_at=NOW + timedelta(minutes=30),
    ended_at=None,
    active_from=date(2020, 1, 1),
    active_to=date(2026, 11, 23),
    password_is_initial=False,
    demonstration=False,
)


def asked(session: OperatorSession, *, uid: int = 1000, now: datetime = NOW, specimen: bool = False) -> WhyNot | None:
    return why_not(session, uid=uid, now=now, today=date(2026, 11, 23), specimen=specimen)


def test_a_session_stands_until_its_last_second_and_its_accounts_last_day() -> None:
    assert asked(SESSION) is None
    assert asked(SESSION, now=SESSION.expires_at - timedelta(microseconds=1)) is None


@pytest.mark.parametrize(
    ("session", "uid", "now", "why"),
    [
        (SESSION, 1001, NOW, WhyNot.OTHER_USER),
        (SESSION, 0, NOW, WhyNot.OTHER_USER),
        (replace(SESSION, ended_at=NOW), 1000, NOW, WhyNot.ENDED),
        (SESSION, 1000, SESSION.expires_at, WhyNot.EXPIRED),
        (replace(SESSION, active_to=date(2026, 11, 22)), 1000, NOW, WhyNot.ACCOUNT),
        (replace(SESSION, active_from=date(2026, 11, 24), active_to=None), 1000, NOW, WhyNot.ACCOUNT),
        (replace(SESSION, password_is_initial=True), 1000, NOW, WhyNot.INITIAL),
        (replace(SESSION, demonstration=True), 1000, NOW, WhyNot.DEMONSTRATION),
    ],
)
def test_it_opens_nothing_otherwise_and_says_why(session, uid, now, why) -> None:
    assert asked(session, uid=uid, now=now) is why


def test_an_account_of_the_demonstration_acts_where_papers_say_specimen() -> None:
    assert asked(replace(SESSION, demonstration=True), specimen=True) is None
