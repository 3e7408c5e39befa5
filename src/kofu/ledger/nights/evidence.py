"""Looks at whether the ledger follows 賦課 and tells it on: 古い情報のまま保管され続けることはない."""

from __future__ import annotations

from datetime import timedelta

from kofu.core.wareki import format_short
from kofu.evidence.domain.standing import EvidenceFinding, broken, holds
from kofu.evidence.ground import EvidenceGround
from kofu.ledger.assessments.domain.received_files import FileState

DAYS_MAX = 14


def nothing_waits(ground: EvidenceGround) -> EvidenceFinding:
    """No file of 賦課 lies longer than two weeks without being posted or sent back."""
    waiting, late = ground.figures(
        "SELECT count(*), count(*) FILTER (WHERE received_at < %s) FROM received_file"
        " WHERE municipality_code = %s AND state = ANY(%s)",
        [ground.now - timedelta(days=DAYS_MAX), ground.profile.code, [FileState.HELD.value, FileState.CHECKED.value]],
    )
    if late:
        return broken(f"{DAYS_MAX}日を超えて反映していない賦課の情報が {late} 件あります。")
    return holds(f"反映を待つ賦課の情報は {waiting} 件です。{DAYS_MAX}日を超えたものはありません。")


def nightly_feed(ground: EvidenceGround) -> EvidenceFinding:
    """Ask whether the newest feed is older than certificates may be made from."""
    (newest,) = ground.figures(
        "SELECT max(business_date) FROM feed_generation WHERE municipality_code = %s", [ground.profile.code]
    )
    days = ground.profile.tax_feed_max_age_days
    if newest is None:
        return broken("日次連携が一度も作られていません。")
    if newest < ground.today - timedelta(days=days):
        return broken(f"最後の日次連携は {format_short(newest)} です。{days}日より古くなりました。")
    return holds(f"最後の日次連携は {format_short(newest)} です。")
