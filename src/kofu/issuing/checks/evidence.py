"""Looks at what issuing promised: which years it holds, what was erased, what its console may read, its cases."""

from __future__ import annotations

from datetime import timedelta

from kofu.core.kinds import CollectionMethod
from kofu.core.wareki import format_short
from kofu.evidence.domain.standing import EvidenceFinding, broken, deviates, holds
from kofu.evidence.ground import EvidenceGround
from kofu.issuing.feeds.erasure_register import read_entries, register_in, years_to_erase_again
from kofu.issuing.feeds.erasure_store import STILL_VALID
from kofu.issuing.feeds.purge_years import oldest_kept_year
from kofu.platform.postgres import screens_role

#: 直近4年度分の税情報のみを保管: what the assessment of the ward says (評価書 Ⅱ-6③).
YEARS_STATED = 4
FACTS = ("fact_assessments", "fact_collections", "fact_residents", "fact_card_certificates")
CASE_DAYS_MAX = 14

_OLDEST = """
SELECT (SELECT min(fiscal_year) FROM fact_assessments WHERE municipality_code = %(code)s),
    (SELECT min(fiscal_year) FROM fact_collections WHERE municipality_code = %(code)s
        AND NOT (to_generation = %(valid)s AND paid_total < assessed_total)),
    (SELECT count(*) FROM fact_collections WHERE municipality_code = %(code)s AND fiscal_year < %(oldest)s
        AND to_generation = %(valid)s AND paid_total < assessed_total)
"""


def four_years_kept(ground: EvidenceGround) -> EvidenceFinding:
    """Ask for the oldest year here: within the latest four published; a profile that keeps more deviates."""
    profile, day = ground.profile, ground.today
    newest = max(
        year for one in profile.kinds for year in profile.published_years(one.kind, day, CollectionMethod.ORDINARY)
    )
    stated, offered = newest - YEARS_STATED + 1, oldest_kept_year(profile, day)
    assessed, collected, unpaid = ground.figures(
        _OLDEST, {"code": profile.code, "valid": STILL_VALID, "oldest": stated}
    )
    here = [year for year in (assessed, collected) if year is not None]
    if not here:
        return broken("税情報がありません。")
    kept = f"最も古いのは {min(here)} 年度です。完納を待つ古い通知書が {unpaid:,} 件残っています。"
    if min(here) < offered:
        return broken(f"{kept}{offered} 年度より前は、消去されていなければなりません。")
    if min(here) < stated:
        return deviates(f"{kept}設定では {newest - offered + 1} 年度分を保管します。評価書は{YEARS_STATED}年度分です。")
    if offered < stated:
        return deviates(f"{kept}いまは{YEARS_STATED}年度分ですが、設定は {newest - offered + 1} 年度分を許しています。")
    return holds(f"{kept}直近{YEARS_STATED}年度（{stated} 年度から）の内です。")


def years_erased(ground: EvidenceGround) -> EvidenceFinding:
    """Ask whether what was erased from the tables is gone from their files and from the log too."""
    done, on_disk_not, archived, last = ground.figures(
        "SELECT count(*), count(*) FILTER (WHERE finished_at IS NULL), count(*) FILTER (WHERE archived),"
        " max(erased_at)::date FROM erasure LEFT JOIN issuing_erasure_on_disk"
        " USING (municipality_code, retired_before_year) WHERE municipality_code = %s",
        [ground.profile.code],
    )
    if on_disk_not:
        return broken(f"表から消した {on_disk_not} 回分が、ファイルとログにまだ残っています。")
    if archived:
        return deviates(f"ログの写しが別の場所にあります（{archived} 回分）。そこでも消す必要があります。")
    if not done:
        return holds("消去はまだ一度もありません。消し残しもありません。")
    return holds(f"消去は {done} 回、最後は {format_short(last)} です。どれもファイルとログまで消えています。")


def register_applied(ground: EvidenceGround) -> EvidenceFinding:
    """No year of the register outside came back with a restored backup."""
    folder, code = register_in(ground.var), ground.profile.code
    with ground.open_database() as connection:
        again = years_to_erase_again(connection, folder, code)
    if again:
        return broken(f"{again[-1]} 年度より前は一度消されましたが、このデータベースに戻っています。")
    return holds(f"消去の台帳 {len(read_entries(folder, code))} 件は、どれもこのデータベースに当てられています。")


def console_reads_no_facts(ground: EvidenceGround) -> EvidenceFinding:
    """Ask the catalogue whether the role of the console may read a fact of anybody."""
    role = screens_role("issuing")
    with ground.open_database() as connection:
        rows = connection.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE has_table_privilege(%s, 'public.' || name, 'SELECT')"
            " OR has_any_column_privilege(%s, 'public.' || name, 'SELECT')",
            [list(FACTS), role, role],
        ).fetchall()
    if rows:
        return broken(f"運用の画面の役割が、事実の表 {len(rows)} を読めます。")
    return holds(f"運用の画面の役割は、事実の表 {len(FACTS)} のどれも読めません。")


def cases_looked_at(ground: EvidenceGround) -> EvidenceFinding:
    """No case lies open longer than two weeks: it was to be explained and told without delay (遅滞なく)."""
    waiting, late = ground.figures(
        "SELECT count(*), count(*) FILTER (WHERE opened_at < %s) FROM issuing_case"
        " WHERE municipality_code = %s AND closed_at IS NULL",
        [ground.now - timedelta(days=CASE_DAYS_MAX), ground.profile.code],
    )
    if late:
        return broken(f"{CASE_DAYS_MAX}日を超えて開いたままの調査票が {late} あります。")
    return holds(f"開いている調査票は {waiting} です。{CASE_DAYS_MAX}日を超えたものはありません。")
