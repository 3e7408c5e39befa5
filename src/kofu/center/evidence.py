"""Looks at what the centre keeps: its columns, one by one, and what stands in them after a session."""

from __future__ import annotations

from datetime import timedelta

from kofu.evidence.domain.standing import EvidenceFinding, broken, holds
from kofu.evidence.ground import EvidenceGround

#: Every column the centre has, and that nothing of a certificate or a person can stand in. `serial` is a card's number
#: while a session is open; `body` of a report is the print result as told; reasons are of staff. What a database that
#: came back from a backup has proven is known by when it was restored, by whom it was looked at, and a key's digest.
KNOWN = {
    "center_session": "session_id kiosk_id municipality_code serial opened_at expires_at used_at ended_at",
    "center_challenge": "challenge_id kiosk_id municipality_code nonce expires_at",
    "center_request": "request_id session_id kind fiscal_year copies asked_at body_digest deadline_at stop_id"
    " unanswered outcome code fee_per_copy sheets_per_copy print_outcome copies_printed fee_paid",
    "center_print_report": "id request_id municipality_code outcome copies_printed fee_paid occurred_at told_at"
    " standing body attempts last_failure delivered_at",
    "center_refund": "refund_id request_id yen refunded_at reason entered_by",
    "center_stop": "stop_id municipality_code kind begins_at ends_at reason_ja reason_en set_by set_at lifted_by"
    " lifted_at",
    "restore_proof": "restored proven_by proven_at",
    "pseudonym_key": "fingerprint since",
}
#: Tables of accounts, of the record, and of the frame; what else there is, is the centre's.
OTHERS = ("auth_", "django_", "staff_", "mfa_", "account_", "axes_", "audit_", "evidence_")
#: A sweeper ends what nobody touches; this long after its time a session must be empty.
SWEPT = timedelta(minutes=15)


def no_place_for_content(ground: EvidenceGround) -> EvidenceFinding:
    """Every column is one of `KNOWN`: whoever adds one has to say here what stands in it."""
    known = {(table, column) for table, columns in KNOWN.items() for column in columns.split()}
    with ground.open_database() as connection:
        rows = connection.execute(
            "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE relkind IN ('r', 'p', 'm', 'f') AND relnamespace = 'public'::regnamespace AND attnum > 0"
            " AND NOT attisdropped"
        ).fetchall()
    own = {(table, column) for table, column in rows if not table.startswith(OTHERS)}
    if strange := sorted(own - known):
        return broken(f"何が入るか分からない列が {len(strange)} あります。")
    return holds(
        f"表 {len({table for table, _ in own})} の列 {len(own)} に、氏名・住所・金額・証明書を置ける列はありません。"
    )


def nothing_after_the_end(ground: EvidenceGround) -> EvidenceFinding:
    """No card's number stands in a session that ended, or whose time is long over."""
    sessions, left = ground.figures(
        "SELECT count(*), count(*) FILTER (WHERE serial IS NOT NULL AND (ended_at IS NOT NULL OR expires_at < %s))"
        " FROM center_session",
        [ground.now - SWEPT],
    )
    if left:
        return broken(f"終わった接続 {left} 件に、カードの番号が残っています。")
    return holds(f"接続 {sessions:,} 件の終わったもの、時間の過ぎたものに、カードの番号は残っていません。")
