"""督促 (地方税法329条): who is sent a 督促状, until when it should be sent, and from when a seizure is possible.

A 督促状 must be sent within 20 days after the 納期限; a later one is valid too (徳島地判昭和30年12月27日): lateness is
shown, not refused. Payments reach the ledger up to two weeks late: the list is drawn only from a closed day that lies
far enough behind the 納期限, and only where every channel is covered up to it (`domain.coverage`), so that nobody who
paid in time is dunned. At 決裁 all is looked at again.

Once for what has one 納期限: what is sent after the 督促状 is a 催告 and has none of its effects. An 増額 has a
納期限 of its own, and a 督促状 of its own within 20 days of it. Where the 納期限 was extended (法20条の5の2), or 徴収の
猶予 ended later, the 20 days run from there: before, none could be sent (法15条の2の3第1項).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kofu.core.errors import OperatorFault, ensure
from kofu.ledger.books.domain.interest import DuePart
from kofu.ledger.payments.domain.closed_day import ClosedDay
from kofu.ledger.profile.domain.dunning_rules import DunningRules

SEND_WITHIN = timedelta(days=20)  # 法329条1項


class NotDunned(StrEnum):
    """Why a 期別 is not on the list."""

    NOTHING_DUE = "nothing_due"  # 完納
    SPECIAL_COLLECTION = "special_collection"  # 特別徴収: owed by the 特別徴収義務者, never asked of the person
    NOT_RECONCILED = "not_reconciled"  # 納期限 not passed, or payments of its days may still be on their way
    NOT_COVERED = "not_covered"  # the files of a channel do not reach the 納期限 yet
    RECEIVED = "received"  # money for it is in a file that is not posted, in a row that was left out, or in 仮受
    DEBIT_ASKED = "debit_asked"  # 口座振替: the bank was asked and has not answered
    ADVISED = "advised"  # 速報あり: a store says it was paid; money is on its way
    DUNNED = "dunned"  # 督促済: a second time is a 催告
    IN_GRACE = "in_grace"  # 徴収猶予の期間中 (法15条の2の3第1項); 換価の猶予 forbids no 督促
    OBJECTED = "objected"  # 審査請求などの不服申立てが続いている
    EXTINGUISHED = "extinguished"  # 時効・停止による消滅
    TAKEN_OUT = "taken_out"  # taken out by hand, with a reason
    HELD = "held"  # nobody may receive it yet: dead without 相続人代表者, 支援措置 unconfirmed, no address


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningCandidate:
    """A 期別 as it stands after the closed day. `parts`: 本税 unpaid by each 納期限 that counts; `special`: 特別徴収.

    `due_dates`: every 納期限 it has, of what is paid too. `dunned_for`: the 納期限 a 督促状 of it was sent for.
    `grace_until`: the latest last day of its 徴収の猶予, past or to come.
    """

    claim_id: int
    parts: tuple[DuePart, ...]
    covered_to: date
    special: bool = False
    received: bool = False
    debit_asked: bool = False
    objected: bool = False
    advised: bool = False
    due_dates: frozenset[date] = frozenset()
    dunned_for: frozenset[date] = frozenset()
    grace_until: date | None = None
    extinguished_on: date | None = None
    held: bool = False

    def was_dunned(self, part: DuePart) -> bool:
        """Whether a 督促状 was sent for a part: for its 納期限, or a later one that was its own before (延長の取消)."""
        others = self.due_dates - {part.due_date}
        return any(day >= part.due_date and day not in others for day in self.dunned_for)


@dataclass(frozen=True, slots=True)
class Dunned:
    """One line of the list: `due` yen of the `due_date` 納期限, the one that counts.

    `late`: sent after the 20 days, valid all the same. `covered_to` as of the candidate.
    """

    claim_id: int
    due_date: date
    due: int
    late: bool
    covered_to: date


@dataclass(frozen=True, slots=True)
class DunningList:
    """Who is sent a 督促状 on `issued_on`, and who is not and why."""

    issued_on: date
    lines: tuple[Dunned, ...]
    left_out: tuple[tuple[int, NotDunned], ...]

    @property
    def total(self) -> int:
        """Yen of 本税 on the list."""
        return sum(line.due for line in self.lines)


@dataclass(frozen=True, slots=True)
class Fallen:
    """A line that fell out at 決裁, and why."""

    claim_id: int
    due_date: date
    why: NotDunned


@dataclass(frozen=True, slots=True)
class LookedAgain:
    """What 決裁 found of a list: the lines that stay, and those that fell out."""

    lines: tuple[Dunned, ...]
    fallen: tuple[Fallen, ...]


def send_by(due_date: date) -> date:
    """Last day on which a 督促状 is in time: the 20th day after the 納期限 (法329条1項)."""
    return due_date + SEND_WITHIN


def draw_list(
    candidates: Iterable[DunningCandidate], closed: ClosedDay, issued_on: date, rules: DunningRules
) -> DunningList:
    """Draw the list of 督促状 to be sent on `issued_on`, as the ledger stood at the end of the closed day.

    Raises `OperatorFault` `dunning_day` where the day of sending lies before the day that was closed.
    """
    _check_days(closed, issued_on, rules)
    lines: list[Dunned] = []
    left_out: list[tuple[int, NotDunned]] = []
    for candidate in candidates:
        found = {part: _why_not(candidate, part, closed.day, issued_on, rules) for part in candidate.parts}
        due = [_line(candidate, part, issued_on) for part, why in found.items() if why is None]
        lines += due
        if not due:
            left_out.append((candidate.claim_id, _most_telling(found.values())))
    return DunningList(issued_on, tuple(lines), tuple(left_out))


def look_again(
    listed: Iterable[tuple[int, date]],
    candidates: Iterable[DunningCandidate],
    closed: ClosedDay,
    issued_on: date,
    rules: DunningRules,
) -> LookedAgain:
    """Look at the lines of a list (期別, 納期限) again, at its 決裁: what is still dunned, what fell out and why.

    `candidates`: all that is open now; what is listed and not among them has nothing due any more.
    """
    _check_days(closed, issued_on, rules)
    open_now = {
        (candidate.claim_id, part.due_date): (candidate, part) for candidate in candidates for part in candidate.parts
    }
    lines: list[Dunned] = []
    fallen: list[Fallen] = []
    for at in listed:
        if at not in open_now:
            fallen.append(Fallen(*at, NotDunned.NOTHING_DUE))
        elif (why := _why_not(*open_now[at], closed.day, issued_on, rules)) is not None:
            fallen.append(Fallen(*at, why))
        else:
            lines.append(_line(*open_now[at], issued_on))
    return LookedAgain(tuple(lines), tuple(fallen))


def _check_days(closed: ClosedDay, issued_on: date, rules: DunningRules) -> None:
    if issued_on < closed.day:
        raise OperatorFault(
            "dunning_day", f"督促状 cannot be sent on {issued_on}: the list is drawn from {closed.day}, which is later"
        )
    ensure(rules.wait >= timedelta(0), "a list is not drawn before the 納期限")


def _most_telling(reasons: Iterable[NotDunned | None]) -> NotDunned:
    """Give the reason that says most of a 期別 none of whose parts is dunned: what is new before what was dunned."""
    known = [reason for reason in reasons if reason is not None]
    new = [reason for reason in known if reason is not NotDunned.DUNNED]
    return (new or known or [NotDunned.NOTHING_DUE])[0]


def _payable_to(candidate: DunningCandidate, part: DuePart) -> date:
    """Last day a part could be paid without being late: who had 徴収の猶予 could until its last day."""
    return max(part.due_date, candidate.grace_until or part.due_date)


def _line(candidate: DunningCandidate, part: DuePart, issued_on: date) -> Dunned:
    late = issued_on > send_by(_payable_to(candidate, part))
    return Dunned(candidate.claim_id, part.due_date, part.amount, late, candidate.covered_to)


def _why_not(
    candidate: DunningCandidate, part: DuePart, closed: date, issued_on: date, rules: DunningRules
) -> NotDunned | None:
    """First reason not to send, in the order a clerk would ask."""
    extinguished, grace = candidate.extinguished_on, candidate.grace_until
    payable_to = _payable_to(candidate, part)  # money of its last days is on its way as long as any other
    reasons = (
        (NotDunned.SPECIAL_COLLECTION, candidate.special),
        (NotDunned.EXTINGUISHED, extinguished is not None and extinguished <= issued_on),
        (NotDunned.DUNNED, candidate.was_dunned(part)),
        (NotDunned.IN_GRACE, grace is not None and issued_on <= grace),
        (NotDunned.NOT_RECONCILED, closed <= payable_to or closed - payable_to < rules.wait),
        (NotDunned.NOT_COVERED, candidate.covered_to < payable_to),
        (NotDunned.OBJECTED, candidate.objected),
        (NotDunned.ADVISED, candidate.advised),
        (NotDunned.RECEIVED, candidate.received),
        (NotDunned.DEBIT_ASKED, candidate.debit_asked),
        (NotDunned.HELD, candidate.held),
    )
    return next((reason for reason, holds in reasons if holds), None)
