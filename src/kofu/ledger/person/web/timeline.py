"""経過 of a person as one would tell it: what was levied, paid, asked for, forgiven and given back, one line each.

Postings that only move money inside the books (消込, 仮受, 充て直し, 延滞金の計算) are left to 仕訳; a payment is one
line with where its money stands today.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from kofu.ledger.arrears.web.words import HAPPENINGS
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.books.domain.entries import JournalKind
from kofu.ledger.books.domain.prescription import Happening, PrescriptionEvent
from kofu.ledger.person.page import ClaimLine, EntryLine, PaymentLine, PersonPage
from kofu.ledger.screens import wording
from kofu.staff.templatetags.staff import day, fiscal_year, yen

TOLD = {
    JournalKind.ASSESSED: "課税", JournalKind.INCREASED: "税額の増額", JournalKind.REDUCED: "税額の減額",
    JournalKind.CANCELLED: "課税の取消", JournalKind.VOIDED: "収納の取消", JournalKind.APPROPRIATED: "充当",
    JournalKind.APPROPRIATION_UNDONE: "充当の取消", JournalKind.WAIVED: "減免",
    JournalKind.INTEREST_FIXED: "延滞金の確定", JournalKind.INTEREST_WAIVED: "延滞金の減免",
    JournalKind.WRITTEN_OFF: "不納欠損",
    JournalKind.WRITE_OFF_REVERSED: "不納欠損の取消", JournalKind.REFUND_DECIDED: "還付の決定",
    JournalKind.REFUND_INTEREST_DECIDED: "還付加算金の決定", JournalKind.REFUND_WITHDRAWN: "還付決定の取消",
    JournalKind.REFUNDED: "還付金の支払", JournalKind.REFUND_RETURNED: "還付金の振込不能",
    JournalKind.REFUND_LAPSED: "還付請求権の時効",
}  # fmt: skip
"""Kinds of entries a person is told of; the others are 仕訳 alone."""
PAID = "納付"
TAXES = {Tax.RESIDENT: "住民税", Tax.LIGHT_VEHICLE: "軽自動車税"}
"""The taxes as people call them; their full names stand with the years."""
NAMED_MAX = 4
"""How many 期別 a line names; of more it says the first and the last."""
_PLACE = tuple[str, str]  # 通知書番号 and 期別


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One line: the day, what happened, about which 期別, yen (None: no money), the payment it can be followed to."""

    on: date
    what: str
    about: str
    amount: int | None = None
    payment_id: UUID | None = None


def timeline(shown: PersonPage, events: Mapping[int, Iterable[PrescriptionEvent]]) -> list[TimelineLine]:
    """Give the lines, the latest first. `events`: what stands on record of claims (`claim_terms.recorded_events`)."""
    places = {(claim.notice_number, claim.installment): claim for claim in shown.claims}
    claims = {claim.claim_id: claim for claim in shown.claims}
    found = [
        *_entry_lines(shown.entries, places),
        *(_payment_line(payment, places) for payment in shown.payments),
        *_collection_lines(events, claims),
    ]
    return sorted(found, key=lambda line: line.on, reverse=True)


def installment_words(claim: ClaimLine) -> str:
    """Name a 期別: 1期, or for 特別徴収 by month 6月."""
    if len(claim.installment) == 1:
        return f"{claim.installment}期"
    by_month = claim.special and claim.tax == Tax.RESIDENT and claim.installment.isdigit()
    return f"{int(claim.installment)}月" if by_month else claim.installment


def _places_words(claims: Iterable[ClaimLine]) -> str:
    """Name the 期別 of a line by year and tax: `令和8年度 住民税 1期・2期`."""
    parts = []
    for (year, tax), lines in groupby(claims, key=lambda claim: (claim.fiscal_year, claim.tax)):
        installments = list(dict.fromkeys(installment_words(claim) for claim in lines))
        if len(installments) > NAMED_MAX:
            installments = [f"{installments[0]}〜{installments[-1]}"]
        parts.append(f"{fiscal_year(year)} {TAXES[Tax(tax)]} {'・'.join(installments)}")
    return "、".join(parts)


def _order(claim: ClaimLine) -> tuple[int, str, str, date]:
    return -claim.fiscal_year, claim.tax, claim.notice_number, claim.due_date


def _entry_lines(entries: Iterable[EntryLine], places: Mapping[_PLACE, ClaimLine]) -> Iterable[TimelineLine]:
    """Entries of one kind, day and reason are one line: a 課税 of four 期別 is one event, not four."""
    told = [entry for entry in entries if entry.kind in TOLD]

    def key(entry: EntryLine) -> tuple[date, str, str]:
        return entry.effective_on, entry.kind, entry.reason

    for (on, kind, reason), group in groupby(sorted(told, key=key), key=key):
        same = list(group)
        claims = {
            claim.claim_id: claim
            for entry in same
            for moved in entry.transfers
            if (claim := places.get((moved.notice_number or "", moved.installment or "")))
        }
        about = _places_words(sorted(claims.values(), key=_order))
        words = f"{about}（{reason}）" if reason and not reason.isascii() else about
        yield TimelineLine(on, TOLD[JournalKind(kind)], words, sum(_moved(entry) for entry in same))


def _moved(entry: EntryLine) -> int:
    """Yen an entry moves between two accounts, at all its 期別; what it moves on from there is the same yen."""
    between: Counter[tuple[str, str]] = Counter()
    for transfer in entry.transfers:
        between[transfer.debit, transfer.credit] += transfer.amount
    return max(between.values())


def _payment_line(payment: PaymentLine, places: Mapping[_PLACE, ClaimLine]) -> TimelineLine:
    claim = places.get((payment.notice_number, payment.installment))
    parts = [wording.CHANNELS[payment.channel], _places_words([claim]) if claim else payment.notice_number]
    rest = (("仮受", payment.suspense), ("過誤納", payment.overpaid + payment.in_error), ("還付", payment.refunded))
    parts += [f"うち{name} {yen(amount)}円" for name, amount in rest if amount]
    return TimelineLine(payment.received_on, PAID, "　".join(parts), payment.amount, payment.payment_id)


def _collection_lines(
    events: Mapping[int, Iterable[PrescriptionEvent]], claims: Mapping[int, ClaimLine]
) -> Iterable[TimelineLine]:
    """督促, 催告, 差押, 猶予 …: those of one kind, day and end are one line. A record taken back says nothing."""
    same: defaultdict[tuple[date, Happening, date | None], list[ClaimLine]] = defaultdict(list)
    for claim_id, of_claim in events.items():
        for event in of_claim:
            if event.happening is not Happening.TAKEN_BACK:
                same[event.on, event.happening, event.until].append(claims[claim_id])
    for (on, happening, until), lines in same.items():
        about = _places_words(sorted(lines, key=_order))
        yield TimelineLine(on, HAPPENINGS[happening], f"{about}（{day(until)}まで）" if until else about)
