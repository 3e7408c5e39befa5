"""過誤納 on the desk: a 減額 of many, and a refund at every step, of a dead person with heirs among them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from psycopg.rows import class_row

from kofu.cli.up.day_in_progress.desk import APPROVER, CLERK, SECOND_CLERK, Desk, account
from kofu.cli.up.day_in_progress.families import declare_heirs
from kofu.contracts.assessment_tables import RESIDENT_TAX_CHANGES
from kofu.core.calendar import next_business_day
from kofu.ledger.assessments.codecs.assessment_files import read_either
from kofu.ledger.assessments.received import Checked
from kofu.ledger.assessments.register_assessments import post, receive
from kofu.ledger.books.domain.refund_interest import RefundCause
from kofu.ledger.formats.zengin_kana import to_zengin
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.answers import send_back
from kofu.ledger.overpayments.domain.grounds import CauseOfExcess, ReductionGround
from kofu.ledger.overpayments.pay import pay_refunds

CUT = 12_000  # yen less than before, where the last 期別 has so much
_PAID = """
SELECT notice.notice_number, notice.addressee_number, notice.fiscal_year, notice.origin_year,
       notice.collection_method, notice.statutory_due_date, taxpayer.status, taxpayer.status_date, taxpayer.kana,
       array_agg(claim.installment ORDER BY claim.due_date) AS installments,
       array_agg(claim.due_date ORDER BY claim.due_date) AS due_dates,
       array_agg(balance.assessed ORDER BY claim.due_date) AS amounts,
       array_agg(claim.id ORDER BY claim.due_date) AS claim_ids,
       EXISTS (SELECT FROM claim AS other JOIN notice AS theirs ON theirs.id = other.notice_id
               JOIN claim_balance AS owed ON owed.claim_id = other.id
               WHERE theirs.addressee_number = notice.addressee_number AND owed.due > 0
               AND other.due_date < %(today)s AND theirs.collection_method = 'ordinary') AS in_arrears
FROM notice JOIN claim ON claim.notice_id = notice.id JOIN claim_balance AS balance ON balance.claim_id = claim.id
JOIN taxpayer USING (municipality_code, addressee_number)
WHERE notice.municipality_code = %(code)s AND notice.tax = 'resident'
AND (notice.collection_method = 'ordinary' OR taxpayer.status = 'dead' AND notice.collection_method = 'pension')
GROUP BY notice.id, taxpayer.id
HAVING sum(balance.due) = 0 AND (taxpayer.status = 'dead'
    OR (array_agg(balance.assessed ORDER BY claim.due_date DESC))[1] > %(cut)s)
ORDER BY in_arrears DESC, notice.fiscal_year DESC, notice.addressee_number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidNotice:
    """A notice paid in full: its 期別 in order, with days and yen.

    Of the dead 年金特別徴収 too: what it took too much is their heirs'.
    """

    notice_number: str
    addressee_number: str
    fiscal_year: int
    origin_year: int
    collection_method: str
    statutory_due_date: date
    status: str
    status_date: date | None
    kana: str
    installments: list[str]
    due_dates: list[date]
    amounts: list[int]
    claim_ids: list[int]
    in_arrears: bool

    @property
    def cut(self) -> int:
        """Yen by which the last 期別 is lowered; half of one that has too little for the usual."""
        return CUT if self.amounts[-1] > CUT else self.amounts[-1] // 200 * 100


def assess_lower(desk: Desk) -> None:
    """Register a 減額 of people who have paid, take their refunds to every step, and lay a further file by."""
    paid = _paid_in_full(desk)
    now, later = paid[: len(_STORIES)], paid[len(_STORIES) :]
    name = f"gengaku-{desk.today:%Y%m%d}.csv"
    if now:
        checked = _received(desk, name, now)
        post(
            desk.connection, checked.file_id,
            read=lambda data: read_either(data, municipality_code=desk.code, file=name),
            rules=desk.rules, acting=desk.acting(SECOND_CLERK),
        )  # fmt: skip
    for story, notice in zip(_STORIES, now, strict=False):
        story(desk, notice)
    if later:
        _received(desk, f"gengaku-{desk.today:%Y%m%d}-2.csv", later)


def pay_out(desk: Desk) -> None:
    """Pay what was claimed so far; one transfer comes back. What is claimed after it waits for the next file."""
    waiting = desk.connection.execute(
        "SELECT id FROM refund_case WHERE municipality_code = %s AND state = 'claimed' ORDER BY proposed_at",
        [desk.code],
    ).fetchall()
    if not waiting:
        return
    pay_refunds(
        desk.connection, desk.code, desk.ledger.transfer,
        on=next_business_day(desk.today + timedelta(days=1)),
        answers=desk.ledger.answer_rules, acting=desk.acting(APPROVER), forms=desk.ledger.bank_forms,
    )  # fmt: skip
    refund.transfer_failed(desk.connection, waiting[0][0], reason="口座なし（名義相違）", acting=desk.acting(CLERK))
    notified = desk.connection.execute(
        "SELECT refund_case.id, kana FROM refund_case JOIN taxpayer USING (municipality_code, addressee_number)"
        " WHERE municipality_code = %s AND state = 'notified' AND status = 'resident' ORDER BY proposed_at LIMIT 1",
        [desk.code],
    ).fetchone()
    if notified is not None:
        _claim(desk, *notified)


def _paid_in_full(desk: Desk) -> list[PaidNotice]:
    with desk.connection.cursor(row_factory=class_row(PaidNotice)) as cursor:
        everybody = cursor.execute(_PAID, {"code": desk.code, "today": desk.today, "cut": CUT}).fetchall()
    found = [one for one in everybody if one.addressee_number not in desk.taken]
    chosen: dict[str, PaidNotice] = {}
    dead = [one for one in found if one.status == "dead"][:1]
    arrears = [one for one in found if one.in_arrears and one.status == "resident"][:1]
    living = [one for one in found if not one.in_arrears and one.status == "resident"]
    for one in [*dead, *arrears, *living]:
        chosen.setdefault(one.addressee_number, one)
    kept = list(chosen.values())[: len(_STORIES) + 3]
    desk.keep([one.addressee_number for one in kept])
    return kept


def _received(desk: Desk, name: str, notices: Sequence[PaidNotice]) -> Checked:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([column.name for column in RESIDENT_TAX_CHANGES.columns])
    for one in notices:
        amounts = [*one.amounts[:-1], one.amounts[-1] - one.cut]
        year, forest = sum(amounts), 1_000
        metro = (year - forest) * 4 // 10
        cells = {
            "change": "reduce",
            "notice_number": one.notice_number,
            "addressee_number": one.addressee_number,
            "fiscal_year": one.fiscal_year,
            "origin_year": one.origin_year,
            "collection_method": one.collection_method,
            "effective_on": desk.today.isoformat(),
            "reason": "扶養控除の追加（確定申告による）",
            "statutory_due_date": one.statutory_due_date.isoformat(),
            "annual_amount": year,
            "ward_amount": year - forest - metro,
            "metro_amount": metro,
            "forest_amount": forest,
            "installments": "|".join(one.installments),
            "due_dates": "|".join(day.isoformat() for day in one.due_dates),
            "amounts": "|".join(map(str, amounts)),
        }
        rows.writerow([cells[column.name] for column in RESIDENT_TAX_CHANGES.columns])
    return receive(
        desk.connection,
        municipality_code=desk.code,
        name=name,
        content=text.getvalue().encode(),
        read=lambda data: read_either(data, municipality_code=desk.code, file=name),
        acting=desk.acting(CLERK),
    )


def _proposed(desk: Desk, notice: PaidNotice) -> UUID:
    why = CauseOfExcess(
        cause=RefundCause.REASSESSMENT,
        ground=ReductionGround.LATE_RETURN,
        income_tax_on=desk.today - timedelta(days=40),
    )
    return refund.propose(
        desk.connection, desk.code, notice.addressee_number,
        causes={notice.claim_ids[-1]: why}, rules=desk.rules, acting=desk.acting(CLERK),
    )  # fmt: skip


def _approved(desk: Desk, notice: PaidNotice) -> UUID:
    case_id = _proposed(desk, notice)
    refund.approve(desk.connection, case_id, rules=desk.rules, acting=desk.acting(APPROVER))
    return case_id


def _notified(desk: Desk, notice: PaidNotice) -> UUID:
    case_id = _approved(desk, notice)
    refund.notify(desk.connection, case_id, papers=["還付通知書"], acting=desk.acting(CLERK))
    return case_id


def _claimed(desk: Desk, notice: PaidNotice) -> UUID:
    case_id = _notified(desk, notice)
    _claim(desk, case_id, notice.kana)
    return case_id


def _claim(desk: Desk, case_id: UUID, kana: str) -> None:
    refund.claim(
        desk.connection, case_id, account(case_id.int % 1_000, to_zengin(kana) or "ﾐﾎﾝ ﾀﾛｳ"),
        claimed_on=desk.today, source="還付請求書（窓口）", rules=desk.rules, acting=desk.acting(CLERK),
        holder_confirmed="" if kana else "通帳の写しで確認",
    )  # fmt: skip


def _sent_back(desk: Desk, notice: PaidNotice) -> UUID:
    case_id = _proposed(desk, notice)
    reason = "発生事由の資料（申告書の写し）を添付してください"
    send_back(desk.connection, case_id, reason=reason, acting=desk.acting(APPROVER))
    return case_id


def _of_a_dead_person(desk: Desk, notice: PaidNotice) -> UUID:
    """Register the heirs who filed together; the refund waits for their claim."""
    if notice.status != "dead" or notice.status_date is None:
        return _approved(desk, notice)
    declare_heirs(desk, notice.addressee_number, notice.status_date)
    return _notified(desk, notice)


def _left_undecided(_: Desk, __: PaidNotice) -> None:
    """Leave it to whoever looks first."""


_STORIES: tuple[Callable[[Desk, PaidNotice], object], ...] = (
    _of_a_dead_person,
    _proposed,  # of somebody in arrears: what is owed back is appropriated (充当)
    _left_undecided,
    _proposed,
    _sent_back,
    _approved,
    _notified,
    _notified,
    _claimed,
    _claimed,
)
