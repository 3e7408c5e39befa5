"""Many cases of refunds at once: 起案, 決裁 and 通知の送付 of what was chosen, each in a transaction of its own.

What cannot be done of one stops none of the others: it is named with its reason and stays where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import psycopg

from kofu.core.errors import KofuError, OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.domain.grounds import CAUSE_OF, DAYS_OF, CauseOfExcess, ReductionGround
from kofu.ledger.overpayments.read import CasePage, case_page
from kofu.ledger.people.numbers import numbers_of

CHOSEN_MAX = 1_000
#: Grounds of a 減額 that need no day of their own, so that one word can stand for all who were chosen.
COMMON_GROUNDS = tuple(ground for ground in ReductionGround if not DAYS_OF.get(ground))

Chosen = TypeVar("Chosen", UUID, str)
#: Acts under a person's own record: the audit entry of each case names its person.
ActingFor = Callable[[str], Acting]


@dataclass(frozen=True, slots=True)
class NotDone:
    """What was left as it was, by 宛名番号 or case number, and why."""

    reference: str
    why: str


@dataclass(frozen=True, slots=True)
class DoneTogether:
    """What came of a batch. `numbers`: 宛名番号 of all it concerned."""

    done: int
    total: int
    not_done: tuple[NotDone, ...]
    numbers: tuple[str, ...]


def propose_all(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_numbers: Sequence[str],
    *,
    ground: ReductionGround | None,
    rules: MatchingRules,
    acting_for: ActingFor,
) -> DoneTogether:
    """起案 for everybody chosen. `ground`: of every 減額 among them; None: who has 過納 is left to be looked at alone.

    Named of one: `ground_needed`, and what `refund.propose` raises; `done` counts cases, `total` yen to be refunded.
    """

    def one(number: str) -> tuple[str, int]:
        causes = _causes(connection, municipality_code, number, ground)
        case_id = refund.propose(
            connection, municipality_code, number, causes=causes, rules=rules, acting=acting_for(number)
        )
        return number, _case(connection, municipality_code, case_id).refund_total

    return _one_after_another(addressee_numbers, one, lambda number: (f"宛名 {number}", number))


def approve_all(
    connection: psycopg.Connection,
    municipality_code: str,
    case_ids: Sequence[UUID],
    *,
    rules: MatchingRules,
    acting_for: ActingFor,
) -> DoneTogether:
    """決裁 of every case chosen, by a second person. Named of one: what `refund.approve` raises."""

    def one(case_id: UUID) -> tuple[str, int]:
        case = _case(connection, municipality_code, case_id)
        plan = refund.approve(connection, case_id, rules=rules, acting=acting_for(case.addressee_number))
        return case.addressee_number, plan.refund_total

    return _one_after_another(case_ids, one, lambda case_id: _named(connection, municipality_code, case_id))


def notify_all(
    connection: psycopg.Connection, municipality_code: str, case_ids: Sequence[UUID], *, acting_for: ActingFor
) -> DoneTogether:
    """Record for every case chosen that its papers went out today.

    Named of one: `not_printed` where a paper of the case was never made, and what `refund.notify` raises.
    """

    def one(case_id: UUID) -> tuple[str, int]:
        case = _case(connection, municipality_code, case_id)
        papers = {"refund_notice": case.refund_total, "offset_notice": case.applied_total}
        needed = {paper for paper, amount in papers.items() if amount}
        made = {
            row[0]
            for row in connection.execute(
                "SELECT document FROM outgoing_document WHERE municipality_code = %s AND reference = %s",
                [municipality_code, f"還付 {case.number}"],
            )
        }
        if not needed <= made:
            raise OperatorFault("not_printed", "a paper of this case was never printed")
        words = {"refund_notice": "還付通知書", "offset_notice": "充当通知書"}
        refund.notify(
            connection,
            case_id,
            papers=[words[paper] for paper in papers if paper in needed],
            acting=acting_for(case.addressee_number),
        )
        return case.addressee_number, case.refund_total

    return _one_after_another(case_ids, one, lambda case_id: _named(connection, municipality_code, case_id))


def _one_after_another(
    chosen: Sequence[Chosen],
    one: Callable[[Chosen], tuple[str, int]],
    name: Callable[[Chosen], tuple[str, str]],
) -> DoneTogether:
    if not chosen:
        raise OperatorFault("nothing_chosen", "choose at least one")
    if len(chosen) > CHOSEN_MAX:
        raise OperatorFault("too_many_chosen", f"choose {CHOSEN_MAX:,} at most at once")
    done, total, not_done, numbers = 0, 0, [], []
    for each in dict.fromkeys(chosen):
        try:
            number, amount = one(each)
        except KofuError as error:
            reference, number = name(each)
            not_done.append(NotDone(reference, error.code))
        else:
            done, total = done + 1, total + amount
        if number:
            numbers.append(number)
    return DoneTogether(done, total, tuple(not_done), tuple(numbers))


def _causes(
    connection: psycopg.Connection, municipality_code: str, number: str, ground: ReductionGround | None
) -> Mapping[int, CauseOfExcess]:
    """Why 過納 at each claim of a person arose. Raises `OperatorFault` `ground_needed`."""
    rows = connection.execute(
        "SELECT DISTINCT claim_id FROM share JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
        " WHERE municipality_code = %s AND addressee_number = ANY(%s) AND overpaid > 0",
        [municipality_code, list(numbers_of(connection, municipality_code, number))],
    ).fetchall()
    if rows and ground is None:
        raise OperatorFault("ground_needed", "why the 減額 came about decides on 還付加算金: look at this one alone")
    return {} if ground is None else {row[0]: CauseOfExcess(cause=CAUSE_OF[ground], ground=ground) for row in rows}


def _case(connection: psycopg.Connection, municipality_code: str, case_id: UUID) -> CasePage:
    found = case_page(connection, municipality_code, case_id)
    if found is None:
        raise OperatorFault("no_such_case", "there is no such case of a refund")
    return found


def _named(connection: psycopg.Connection, municipality_code: str, case_id: UUID) -> tuple[str, str]:
    found = case_page(connection, municipality_code, case_id)
    return ("", "") if found is None else (f"還付 {found.number}", found.addressee_number)
