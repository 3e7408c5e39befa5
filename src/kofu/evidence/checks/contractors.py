"""Looks at contractors, their roster, what they certified as erased, and how accounts come about."""

from __future__ import annotations

from kofu.core.calendar import day_in_japan
from kofu.evidence.domain.standing import EvidenceFinding, broken, deviates, holds
from kofu.evidence.ground import EvidenceGround
from kofu.staff.domain.account_changes import ADMINISTRATOR
from kofu.staff.domain.contractors import (
    CONTRACTOR,
    DAYS_TO_PROOF,
    ProvedThing,
    half_year_of,
    review_overdue,
)
from kofu.staff.domain.incidents import IncidentReportKind, report_due

_WORKERS = """
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM staff_roster_worker AS worker JOIN staff_service_contract AS contract ON contract.id = contract_id
    WHERE worker.login = account.login AND confirmed_by <> '' AND trained_on <= %(today)s AND pledged_on <= %(today)s
        AND worker.starts_on <= %(today)s AND (worker.ends_on IS NULL OR worker.ends_on >= %(today)s)
        AND contract.starts_on <= %(today)s AND contract.ends_on >= %(today)s))
FROM staff_account AS account WHERE role = %(contractor)s AND password NOT LIKE '!%%'
    AND active_from <= %(today)s AND (active_to IS NULL OR active_to >= %(today)s)
"""
_CONTRACTS = """
SELECT count(*), count(*) FILTER (WHERE btrim(responsible) = '' OR NOT EXISTS (
    SELECT FROM staff_roster_worker AS worker WHERE worker.contract_id = contract.id AND confirmed_by <> ''))
FROM staff_service_contract AS contract WHERE starts_on <= %(today)s AND ends_on >= %(today)s
"""
_PROOFS = """
SELECT count(*), count(*) FILTER (WHERE ends_on + %(days)s < %(today)s AND NOT EXISTS (
    SELECT FROM staff_erasure_proof WHERE thing = %(contract)s AND subject = contract.id::text))
FROM staff_service_contract AS contract WHERE ends_on < %(today)s
"""
_HANDLERS = """
SELECT count(*), 0 FROM staff_roster_worker AS worker
JOIN staff_service_contract AS contract ON contract.id = contract_id
WHERE contract.work = 'maintenance' AND confirmed_by <> '' AND worker.starts_on <= %(today)s
    AND (worker.ends_on IS NULL OR worker.ends_on >= %(today)s)
    AND contract.starts_on <= %(today)s AND contract.ends_on >= %(today)s
"""
#: 委託先における取扱者数 of the maintenance of 証明書自動交付 (評価書 Ⅱ-4③).
WORKERS_STATED = 10
_REVIEWED = """
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM staff_account_review AS review WHERE half_year = %(half)s AND review.login = account.login
        AND review.role = account.role AND review.office_code = account.office_id))
FROM staff_account AS account WHERE password NOT LIKE '!%%' AND NOT demonstration
    AND active_from <= %(today)s AND (active_to IS NULL OR active_to >= %(today)s)
"""
_TWO_PEOPLE = """
SELECT (SELECT count(*) FROM pg_constraint WHERE conname = 'staff_account_change_two_people' AND convalidated),
    count(*) FILTER (WHERE state IN ('in_force', 'known')),
    count(*) FILTER (WHERE state IN ('in_force', 'known') AND (decided_by = '' OR decided_by = proposed_by
        OR decided_by = login OR proposed_by = login))
FROM staff_account_change
"""
#: Active accounts whose role or office is not what was last decided: by two, or, where no change stands (made by the
#: owner of a system without administrators, or before two were asked for), as the record has it. `outside`: made in a
#: month of the record that left the database, where this look does not reach.
_UNDECIDED = """
SELECT count(*) FILTER (WHERE decided.role IS NOT NULL OR recorded.role IS NOT NULL OR NOT outside.is_so),
    count(*) FILTER (WHERE decided.role IS NULL AND recorded.role IS NULL AND outside.is_so)
FROM staff_account AS account
LEFT JOIN LATERAL (
    SELECT change.role, change.office_id FROM staff_account_change AS change
    WHERE change.login = account.login AND kind IN ('create', 'change') AND state IN ('in_force', 'known')
    ORDER BY decided_at DESC, id DESC LIMIT 1) AS decided ON true
LEFT JOIN LATERAL (
    SELECT body::json->'detail'->>'role_given' AS role,
        coalesce(body::json->'detail'->>'office_given', account.office_id) AS office_id
    FROM audit_entry WHERE decided.role IS NULL AND recorded_at > account.created_at - interval '5 minutes'
        AND position('"account.c' IN body) > 0 AND body::json->'detail'->>'account' = account.login
        AND body::json->>'result' IN ('created', 'changed')
    ORDER BY recorded_at DESC LIMIT 1) AS recorded ON true
CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT FROM audit_segment WHERE state <> 'restored' AND account.created_at BETWEEN earliest AND latest
) AS is_so) AS outside
WHERE password NOT LIKE '!%%' AND NOT demonstration
    AND account.active_from <= %(today)s AND (account.active_to IS NULL OR account.active_to >= %(today)s)
    AND (account.role, account.office_id) IS DISTINCT FROM
        (coalesce(decided.role, recorded.role), coalesce(decided.office_id, recorded.office_id))
"""
#: With one of only two, whoever holds the database owner's URL is two people (docs/why/operators.md).
ADMINISTRATORS_NEEDED = 3
_ADMINISTRATORS = """
SELECT count(*), 0 FROM staff_account WHERE role = %(role)s AND password NOT LIKE '!%%'
    AND active_from <= %(today)s AND (active_to IS NULL OR active_to >= %(today)s)
"""

_EMERGENCIES = """
SELECT count(*), count(*) FILTER (WHERE state = 'granted' AND ends_at < %(now)s - interval '2 days')
FROM staff_emergency_access WHERE state IN ('granted', 'reported')
"""
_INCIDENTS = """
SELECT incident.known_at, incident.wrongful, ARRAY(
    SELECT kind FROM staff_incident_report AS report WHERE report.incident_id = incident.id)
FROM staff_incident AS incident
"""


def roster(ground: EvidenceGround) -> EvidenceFinding:
    """Every account of a contractor's worker that opens something stands in the roster, trained, pledged, confirmed."""
    accounts, without = ground.figures(_WORKERS, {"today": ground.today, "contractor": CONTRACTOR})
    if without:
        return broken(
            f"名簿にない（または教育・誓約・確認の済んでいない）委託作業者のアカウントが {without} あります。"
        )
    return holds(f"委託作業者のアカウント {accounts} は、どれも名簿にあり、教育・誓約・確認が済んでいます。")


def responsible(ground: EvidenceGround) -> EvidenceFinding:
    """Every contract in force names its 取扱責任者, and 取扱者 two administrators know."""
    contracts, without = ground.figures(_CONTRACTS, {"today": ground.today})
    if without:
        return broken(f"取扱責任者か取扱者の届出のない契約が {without} あります。")
    if not contracts:
        return deviates("有効な委託契約の登録がありません。")
    return holds(f"有効な委託契約 {contracts} は、どれも取扱責任者と取扱者が届け出られています。")


def few_workers(ground: EvidenceGround) -> EvidenceFinding:
    """Count the people of contractors who may handle the file today: fewer than ten (取扱者数 10人未満)."""
    workers, _ = ground.figures(_HANDLERS, {"today": ground.today})
    if workers >= WORKERS_STATED:
        return broken(f"いま従事できる委託作業者が {workers} 人います。評価書は{WORKERS_STATED}人未満です。")
    return holds(f"いま従事できる委託作業者は {workers} 人です。")


def contracts_erased(ground: EvidenceGround) -> EvidenceFinding:
    """No contract ended more than 30 days ago without the certificate that what was handed over is back or gone."""
    ended, late = ground.figures(
        _PROOFS, {"today": ground.today, "days": DAYS_TO_PROOF, "contract": ProvedThing.CONTRACT.value}
    )
    if late:
        return broken(f"終わって{DAYS_TO_PROOF}日を過ぎても、返還・消去の証明書のない契約が {late} あります。")
    return holds(f"終わった契約 {ended} に、証明書の遅れはありません。")


def reviewed(ground: EvidenceGround) -> EvidenceFinding:
    """Every account was found needed in this half-year, once its time for that is over."""
    accounts, waiting = ground.figures(_REVIEWED, {"today": ground.today, "half": half_year_of(ground.today)})
    if waiting and review_overdue(ground.today):
        return broken(f"この半期の棚卸で確認されていないアカウントが {waiting} あります。")
    return holds(f"有効なアカウント {accounts} のうち、この半期の棚卸を待つものは {waiting} です。")


def two_administrators(ground: EvidenceGround) -> EvidenceFinding:
    """No change of an account is in force on one person's word, and no account stands otherwise than was decided."""
    guards, changes, alone = ground.figures(_TWO_PEOPLE)
    if not guards or alone:
        return broken(f"一人で行えた、または行えるアカウントの変更があります（{alone} 件）。")
    undecided, unseen = ground.figures(_UNDECIDED, {"today": ground.today})
    if undecided:
        return broken(f"役割か所属が、最後に決めたものと違うアカウントが {undecided} あります。")
    if unseen:
        return deviates(
            f"作成の記録が保管ファイルにあって確かめられないアカウントが {unseen} あります。"
            "記録を戻すか、二人で変更し直してください。"
        )
    administrators, _ = ground.figures(_ADMINISTRATORS, {"today": ground.today, "role": ADMINISTRATOR})
    if administrators < ADMINISTRATORS_NEEDED and not ground.profile.specimen:
        return deviates(
            f"システム管理者が {administrators} 人です。データベースの所有者の鍵を持つ人が二人分にならないように、"
            f"{ADMINISTRATORS_NEEDED}人以上にしてください。"
        )
    return holds(f"アカウントの変更 {changes} 件は、どれも二人で行われました。一人ではデータベースが断ります。")


def emergencies_reported(ground: EvidenceGround) -> EvidenceFinding:
    """Ask whether what was seen in an emergency was reported to 係長 within two days of its end."""
    seen, late = ground.figures(_EMERGENCIES, {"now": ground.now})
    if late:
        return broken(f"緊急閲覧のうち、終わって2日を過ぎても報告を確認していないものが {late} あります。")
    return holds(f"緊急閲覧 {seen} 件に、報告の遅れはありません。")


def incidents_reported(ground: EvidenceGround) -> EvidenceFinding:
    """Every incident was reported to the client and to the Commission by its day (直ちに、遅滞なく)."""
    with ground.open_database() as connection:
        rows = connection.execute(_INCIDENTS).fetchall()
    late = sum(
        kind.value not in made and report_due(kind, day_in_japan(known_at), wrongful=wrongful) < ground.today
        for known_at, wrongful, made in rows
        for kind in IncidentReportKind
    )
    if late:
        return broken(f"期限を過ぎた事故報告が {late} あります。")
    return holds(f"登録された事故 {len(rows)} 件に、報告の遅れはありません。")
