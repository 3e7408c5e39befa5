"""滞納繰越 on the desk: claims near five years and past them, nothing done about them or under 猶予, 停止 and 差押."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from kofu.cli.up.day_in_progress.desk import APPROVER, CLERK, SECOND_CLERK, Desk
from kofu.contracts.assessment_tables import RESIDENT_TAX_CHANGES
from kofu.core.calendar import resident_tax_due_dates
from kofu.core.fiscal_year import fiscal_year_of
from kofu.ledger.arrears import decide_claims
from kofu.ledger.arrears.domain.write_off import WriteOffReason
from kofu.ledger.assessments.codecs.assessment_files import read_either
from kofu.ledger.assessments.register_assessments import post, receive
from kofu.ledger.books.domain.interest import months_end
from kofu.ledger.books.domain.prescription import MONTHS_TO_PRESCRIBE, DeferralGround, Happening, PrescriptionEvent

OWED = 24_000  # yen of each 期別
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldDue:
    """A 期別 of an old year. `ends`: the last day of its five years, if nothing happens."""

    fiscal_year: int
    installment: str
    due_date: date
    ends: date


def carry_over(desk: Desk) -> None:
    """Take over what four people owe since nearly five years and since more, and put on record what was done about it.

    Of the first nothing was done: the older claim is extinguished, and its 不納欠損 waits for the approver.
    """
    people = desk.employed(len(_DONE) + 1)
    past, near = around_five_years(desk.today)
    _register(desk, people, (past, near))
    claims: dict[tuple[str, int, str], int] = {
        (number, year, installment): claim_id
        for number, year, installment, claim_id in desk.connection.execute(
            "SELECT addressee_number, fiscal_year, installment, claim.id FROM notice"
            " JOIN claim ON claim.notice_id = notice.id WHERE municipality_code = %s AND tax = 'resident'"
            " AND addressee_number = ANY(%s) AND fiscal_year = ANY(%s)",
            [desk.code, people, [past.fiscal_year, near.fiscal_year]],
        )
    }
    for number in people[:1]:
        extinguished = claims[number, past.fiscal_year, past.installment]
        decide_claims.propose_write_off(
            desk.connection, extinguished, WriteOffReason.PRESCRIBED, acting=desk.acting(CLERK)
        )
    for number, (done, reason) in zip(people[1:], _DONE, strict=False):
        for due in (past, near):
            proposed = decide_claims.propose_event(
                desk.connection, claims[number, due.fiscal_year, due.installment], done(due, desk.today),
                reason=reason, acting=desk.acting(CLERK),
            )  # fmt: skip
            decide_claims.approve(desk.connection, proposed.decision_id, acting=desk.acting(APPROVER))


def around_five_years(today: date) -> tuple[OldDue, OldDue]:
    """Give the last 期別 of 普通徴収 whose five years have ended, and the first whose five years have not."""
    newest = fiscal_year_of(today) - MONTHS_TO_PRESCRIBE // 12
    dues = [
        OldDue(
            fiscal_year=year,
            installment=str(place),
            due_date=due_date,
            ends=months_end(due_date + DAY, MONTHS_TO_PRESCRIBE),
        )
        for year in range(newest - 1, newest + 2)
        for place, due_date in enumerate(resident_tax_due_dates(year), start=1)
    ]
    return max(
        (due for due in dues if due.ends < today), key=lambda due: due.ends
    ), min((due for due in dues if due.ends >= today), key=lambda due: due.ends)  # fmt: skip


def _grace(due: OldDue, today: date) -> PrescriptionEvent:
    """徴収の猶予 of a year that is still going on: in it time stands still."""
    granted = min(due.ends, today) - timedelta(days=60)
    return PrescriptionEvent(Happening.GRACE, granted, months_end(granted, 12), ground=DeferralGround.BUSINESS)


def _suspension(due: OldDue, today: date) -> PrescriptionEvent:
    """執行停止: three years of it have extinguished what is past; of what is near, the five years end before them."""
    since = due.due_date + timedelta(days=365) if due.ends < today else today - timedelta(days=200)
    return PrescriptionEvent(Happening.SUSPENDED, since)


def _seizure(due: OldDue, today: date) -> PrescriptionEvent:
    """差押: while it lasts, no time ends the claim."""
    return PrescriptionEvent(Happening.SEIZED, min(due.ends, today) - timedelta(days=200))


_DONE: tuple[tuple[Callable[[OldDue, date], PrescriptionEvent], str], ...] = (
    (_grace, "事業の著しい損失による徴収の猶予（分割納付）"),
    (_suspension, "滞納処分をすることができる財産がない"),
    (_seizure, "生命保険の解約返戻金の差押え"),
)


def _register(desk: Desk, people: Sequence[str], dues: Sequence[OldDue]) -> None:
    """Register the claims as the assessment of their year: a notice for each year of a person."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([column.name for column in RESIDENT_TAX_CHANGES.columns])
    for place, number in enumerate(people):
        for year, group in groupby(dues, key=lambda due: due.fiscal_year):
            parts = list(group)
            total = OWED * len(parts)
            first_due = resident_tax_due_dates(year)[0]
            cells = {
                "change": "new",
                "notice_number": f"{year}9{place:03d}{number[-8:]:0>8}1",
                "addressee_number": number,
                "fiscal_year": year,
                "origin_year": year,
                "collection_method": "ordinary",
                "effective_on": date(year, 6, 10).isoformat(),
                "reason": "滞納繰越分の引継ぎ",
                "statutory_due_date": first_due.isoformat(),
                "annual_amount": total,
                "ward_amount": total * 6 // 10,
                "metro_amount": total - total * 6 // 10,
                "forest_amount": 0,
                "installments": "|".join(due.installment for due in parts),
                "due_dates": "|".join(due.due_date.isoformat() for due in parts),
                "amounts": "|".join(str(OWED) for _ in parts),
            }
            rows.writerow([cells[column.name] for column in RESIDENT_TAX_CHANGES.columns])
    if not people:
        return
    name = f"kurikoshi-{desk.today:%Y%m%d}.csv"
    checked = receive(
        desk.connection, municipality_code=desk.code, name=name, content=text.getvalue().encode(),
        read=lambda data: read_either(data, municipality_code=desk.code, file=name), acting=desk.acting(CLERK),
    )  # fmt: skip
    post(
        desk.connection, checked.file_id,
        read=lambda data: read_either(data, municipality_code=desk.code, file=name),
        rules=desk.rules, acting=desk.acting(SECOND_CLERK),
    )  # fmt: skip
