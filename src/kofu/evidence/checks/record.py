"""Looks at the record of operations (操作の記録) of a system."""

from __future__ import annotations

from datetime import timedelta

from kofu.core.calendar import in_japan
from kofu.core.wareki import format_short
from kofu.evidence.domain.standing import EvidenceFinding, broken, deviates, fresh, holds
from kofu.evidence.ground import EvidenceGround
from kofu.platform.anchoring import key_file, rules_of
from kofu.platform.audit_anchor import checkpoints_in
from kofu.platform.audit_manifest import ANCHORS_LANE
from kofu.platform.audit_verify import verify, verify_chain
from kofu.platform.settings import anchors_dir, whole_number
from kofu.staff.month_review import unreviewed_months

GUARDS = ("audit_entry_is_made_here", "audit_entry_stays", "audit_entry_stays_whole")
YEARS = 7

#: Roles that could write the record past its one function. Superusers can whatever they like, and so can the owner's
#: members until the triggers stop them: what they did is found by the chain and the anchors.
_WRITERS = """
SELECT count(*) FROM pg_roles AS role, pg_class AS log
WHERE log.oid = 'public.audit_entry'::regclass AND NOT role.rolsuper AND role.rolname !~ '^pg_'
    AND NOT pg_has_role(role.oid, log.relowner, 'MEMBER')
    AND has_table_privilege(role.oid, log.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
"""
_GUARDS = """
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.audit_entry'::regclass AND tgname = ANY(%s)
    AND tgenabled IN ('O', 'A')
"""


def append_only(ground: EvidenceGround) -> EvidenceFinding:
    """No role may write past the one function, and the triggers that hold the owner too are on (P10)."""
    (writers,) = ground.figures(_WRITERS)
    (guards,) = ground.figures(_GUARDS, [list(GUARDS)])
    if writers:
        return broken(f"記録の表を直接変えられる役割が {writers} あります。")
    if guards != len(GUARDS):
        return broken("記録を守る仕掛け（トリガー）が外れています。")
    return holds("直接書ける・変えられる・消せる役割はありません。守る仕掛けは3つとも動いています。")


def written(ground: EvidenceGround) -> EvidenceFinding:
    """Every login an account knows of stands in the record: two witnesses that are written apart."""
    logins, unrecorded, entries = ground.figures(
        "SELECT logins, logins_unrecorded, (SELECT count(*) FROM audit_entry WHERE recorded_at > %s)"
        " FROM staff_account_figures(%s)",
        [ground.now - timedelta(days=31), ground.today],
    )
    if unrecorded:
        return broken(f"この31日にログインした {logins} 人のうち、記録にない人が {unrecorded} 人います。")
    if not entries:
        return broken("この31日の記録が一件もありません。")
    return holds(f"この31日の記録は {entries:,} 件です。ログインした {logins} 人は、みな記録にあります。")


def anchored(ground: EvidenceGround) -> EvidenceFinding:
    """Ask for an anchor that is new enough, in the database and as a file outside: an old file is none of today."""
    hours = whole_number("KOFU_ANCHOR_HOURS_MAX", 26)
    with ground.open_database() as connection:
        rows = connection.execute(
            "SELECT recorded_at, (body::json->>'size')::bigint FROM audit_entry WHERE lane = %s AND recorded_at > %s"
            " ORDER BY recorded_at DESC",
            [ANCHORS_LANE, ground.now - timedelta(hours=hours)],
        ).fetchall()
    new = {size: at for at, size in rows if fresh(at, ground.now, timedelta(hours=hours))}
    if not new:
        return broken(f"この {hours} 時間に固定点が作られていません。")
    files = checkpoints_in(anchors_dir(ground.system))
    outside = [new[size] for path in files if path.stem.isdecimal() and (size := int(path.stem)) in new]
    if not outside:
        return broken(f"この {hours} 時間の固定点のファイルが、データベースの外にありません。")
    there = in_japan(max(outside))
    return holds(f"固定点は {len(files)} 個、最後は {format_short(there.date())} {there:%H:%M} です。")


def unbroken(ground: EvidenceGround) -> EvidenceFinding:
    """Follow every chain from its first entry, and every anchor where the key that signed it is here."""
    folder = anchors_dir(ground.system)
    has_anchors = folder.is_dir() and key_file().is_file()
    with ground.open_database() as connection, connection.transaction():
        report = (
            verify(connection, folder, rules_of(ground.system, now=ground.now))
            if has_anchors
            else verify_chain(connection)
        )
    if not report.sound:
        return broken(f"記録に {len(report.flaws)} か所の異常があります。")
    said = f"記録 {report.entries:,} 件、鎖 {report.lanes} 本、固定点 {report.anchors} 個を確かめました。"
    return holds(said) if report.anchors else deviates(f"{said}固定点がないため、末尾の切取りは分かりません。")


def seven_years(ground: EvidenceGround) -> EvidenceFinding:
    """No month left the record for good before its seven years were over."""
    early, archived, oldest = ground.figures(
        "SELECT count(*) FILTER (WHERE state = 'expired' AND latest > %s::timestamptz - interval '7 years'),"
        " count(*) FILTER (WHERE state = 'archived'), (SELECT min(recorded_at) FROM audit_entry)"
        " FROM audit_segment",
        [ground.now],
    )
    if early:
        return broken(f"{YEARS}年に満たないうちに消された月が {early} あります。")
    since = format_short(in_japan(oldest).date()) if oldest else "まだありません"
    return holds(
        f"データベースの最も古い記録は {since}、保管ファイルの月は {archived} です。早く消された月はありません。"
    )


def reviewed(ground: EvidenceGround) -> EvidenceFinding:
    """Ask for the monthly review: two people, one an auditor, have signed every month but the one just over."""
    with ground.open_database() as connection:
        waiting = unreviewed_months(connection, ground.today)
    just_over = f"{ground.today.replace(day=1) - timedelta(days=1):%Y-%m}"
    late = [month for month in waiting if month < just_over]
    if late:
        return broken(f"二人の点検の署名がないまま1か月を過ぎた月が {len(late)} あります。")
    return holds(f"点検の署名を待つ月は {len(waiting)} です。遅れている月はありません。")
