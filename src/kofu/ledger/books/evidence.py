"""Looks at what is out of reach: asked under the role the ledger runs as, counted by a rule of its own.

The database hides by `claim_balance.out_of_reach_from`; here the years are counted anew from the day of settlement, so
that a wrong day there is seen.
"""

from __future__ import annotations

from kofu.core.wareki import format_short
from kofu.evidence.domain.standing import EvidenceFinding, broken, holds
from kofu.evidence.ground import EvidenceGround

#: They name a claim and hide nothing: what is written there is who opened it, and the role may not read it.
WITHOUT_RULE = ("record_opening", "record_reading")

_OPEN_TABLES = """
SELECT count(DISTINCT held.oid), count(DISTINCT held.oid) FILTER (WHERE NOT row_security_active(held.oid))
FROM pg_attribute JOIN pg_class AS held ON held.oid = attrelid
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL(%s) AND NOT attisdropped
    AND attname IN ('claim_id', 'payment_id', 'case_id', 'application_id')
"""
_SEEN = """
SELECT count(*) FILTER (WHERE settled_on + 1 + interval '1 year' * %(years)s < %(today)s::date),
    (SELECT count(*) FROM claim_out_of_reach)
FROM claim JOIN claim_balance ON claim_balance.claim_id = claim.id JOIN notice ON notice.id = claim.notice_id
WHERE notice.municipality_code = %(code)s AND assessed - paid - waived - written_off = 0
    AND interest_assessed - interest_paid - interest_waived - interest_written_off = 0
    AND (written_off + interest_written_off > 0) = %(written_off)s
    AND NOT EXISTS (SELECT FROM claim_kept_open AS kept WHERE kept.claim_id = claim.id)
"""


def rules_stand(ground: EvidenceGround) -> EvidenceFinding:
    """Every table that names a claim, a payment or a case hides rows from this role, and the day is today's."""
    with ground.open_database() as connection:
        row = connection.execute("SELECT day FROM reached_day").fetchone()
    many, bare = ground.figures(_OPEN_TABLES, [list(WITHOUT_RULE)])
    if bare or not many:
        return broken(f"隠す規則の働いていない表が {bare} あります。")
    if row is None or row[0] < ground.today:
        return broken("データベースは今日が何日かを知らされていません。期限を過ぎたものが見えます。")
    return holds(f"表 {many} のすべてで規則が働いています。データベースの日は {format_short(row[0])} です。")


def paid_seven_years(ground: EvidenceGround) -> EvidenceFinding:
    """No claim settled more than seven years ago is seen."""
    return _seen(ground, years=7, written_off=False)


def written_off_five_years(ground: EvidenceGround) -> EvidenceFinding:
    """No claim written off more than five years ago is seen."""
    return _seen(ground, years=5, written_off=True)


def _seen(ground: EvidenceGround, *, years: int, written_off: bool) -> EvidenceFinding:
    seen, hidden = ground.figures(
        _SEEN, {"code": ground.profile.code, "years": years, "today": ground.today, "written_off": written_off}
    )
    what = "不納欠損" if written_off else "完納"
    if seen:
        return broken(f"{what}から{years}年を過ぎた期別が {seen:,} 件見えます。")
    return holds(f"{what}から{years}年を過ぎた期別は一件も見えません（隠されている期別は全部で {hidden:,} 件）。")
