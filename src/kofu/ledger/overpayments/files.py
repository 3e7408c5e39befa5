"""⑧⑨⑩ 還付請求書 as the data-entry contractor keyed them, and transfers that came back.

What is right in such a file is taken, what is wrong stays on record with its bytes. A file without a fault is taken at
once. Where a row is wrong nothing is taken until a second person decides to take the others; or the file is sent back.
Whichever way, a corrected file can come again: rows that were taken are known by what they say and change nothing.

The contractor keys every paper twice and returns both keyings; they are compared with each other and with the slips of
the bundles that went out. Each claim must then name a case that waits for one, with its amount and an account that
exists. A paper only a clerk can decide about (`FOR_THE_SCREEN`) is left for the screen, and the others do not wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_reason
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.assessments import received
from kofu.ledger.assessments.domain.assessments import AssessmentProblem
from kofu.ledger.assessments.domain.received_files import FileState
from kofu.ledger.banks.banks import BankProblem, check_account, check_passbook
from kofu.ledger.banks.domain.bank_accounts import AccountType, BankAccount
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.formats.problems import FileProblems, FileRefused
from kofu.ledger.keyed.codecs import punched
from kofu.ledger.keyed.codecs.punched import claims_layout, slips_layout
from kofu.ledger.keyed.domain.keying import KeyedClaim, KeyingVerdict, judge, sound
from kofu.ledger.overpayments.codecs import returned_transfers
from kofu.ledger.overpayments.codecs.returned_transfers import ReturnedTransfer, returned_layout
from kofu.ledger.overpayments.domain.file_rows import (
    ClaimedCase,
    Fate,
    ReturnedRow,
    RowFault,
    RowResponsibility,
    Wrong,
    account_shape,
    judge_claim,
    judge_returned,
)
from kofu.ledger.overpayments.domain.refunds import RefundState
from kofu.ledger.overpayments.file_rows import faults_of, keep_faults, settle_faults
from kofu.ledger.overpayments.pay import paid_of_reference
from kofu.ledger.overpayments.refund import claim, transfer_failed
from kofu.ledger.sent_files.answers import note_return

CLAIMS, RETURNED = "refund_claims", "returned_transfers"
#: What a person decides on the screen, with the paper in the hand: the rest of the delivery does not wait for it.
FOR_THE_SCREEN = {
    "payee_dead": ("claim_number", "亡くなった方の還付です。相続人の口座を画面で登録してください。"),
    "holder_differs": ("holder_kana", "口座名義が本人と違います。請求書を確かめ、画面で理由を付けて登録してください。"),
    "claim_before_notice": ("claimed_on", "受付日が通知書の送付より前です。請求書を確かめ、画面で登録してください。"),
    "claim_to_come": ("claimed_on", "受付日が今日より後です。請求書を確かめ、画面で登録してください。"),
    "refund_lapsed": ("claimed_on", "受付日が請求期限（時効）より後です。請求書を確かめてください。"),
}
KEYED_DIFFERENTLY = "二つの打鍵が違います。原票を確かめてください。"


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of a file: cases moved, yen in all, rows known from before, and the rows that were not taken.

    `state`: held (nothing was taken), or posted. `faults` of a posted file are those left out of it.
    """

    file_id: UUID
    state: FileState
    count: int
    total: int
    known: int
    faults: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class KeyedClaims:
    """What the contractor returned: both keyings, and the slips that went out with the papers.

    `delivery_id`: which delivery it answers, where that is known.
    """

    name: str
    first: bytes
    second: bytes
    slips: bytes
    delivery_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    rows: int
    yen: int  # of all rows that can be read
    count: int
    total: int
    known: int
    faults: tuple[RowFault, ...]

    @property
    def holding(self) -> tuple[RowFault, ...]:
        return tuple(fault for fault in self.faults if fault.holds)


def register_claims(
    connection: psycopg.Connection,
    municipality_code: str,
    delivery: KeyedClaims,
    layouts: Layouts,
    *,
    rules: MatchingRules,
    acting: Acting,
) -> Registered:
    """⑨⑩ Take in a delivery of 還付請求書. Raises `FileRefused` where the slips are not of their layout."""
    punched.decode_slips(slips_layout(layouts), delivery.slips, file=f"{delivery.name} のバッチ票")
    return _receive(
        connection, municipality_code, CLAIMS, delivery,
        lambda: _claims(connection, municipality_code, delivery, layouts, rules=rules, acting=acting), acting=acting,
    )  # fmt: skip


def register_returned(
    connection: psycopg.Connection,
    municipality_code: str,
    name: str,
    content: bytes,
    layouts: Layouts,
    *,
    acting: Acting,
) -> Registered:
    """Take in a file of transfers that came back: each refund is owed again."""
    delivery = KeyedClaims(name, content, b"", b"")
    return _receive(
        connection, municipality_code, RETURNED, delivery,
        lambda: _returned(connection, municipality_code, delivery, layouts, acting=acting), acting=acting,
    )  # fmt: skip


def accept(
    connection: psycopg.Connection,
    file_id: UUID,
    layouts: Layouts,
    *,
    reason: str,
    rules: MatchingRules,
    acting: Acting,
) -> Registered:
    """Take what is right in a held file, by the decision of a second person; the rest stays on a work list.

    Raises `OperatorFault` `reason_needed`, `file_unknown`, `file_state`, `second_person_needed`, `nothing_to_accept`,
    `rows_changed` where the ledger has moved on since.
    """
    require_reason(reason, "a decision names its reason")
    with connection.transaction():
        kind, second, slips = _beside(connection, file_id)
        waiting = received.file_to_post(connection, kind, file_id, acting=acting, without_bad_rows=reason.strip())
        delivery = KeyedClaims(waiting.name, waiting.content, second, slips)
        code = waiting.municipality_code
        if kind == CLAIMS:
            outcome = _claims(connection, code, delivery, layouts, rules=rules, acting=acting)
        else:
            outcome = _returned(connection, code, delivery, layouts, acting=acting)
        if not outcome.count + outcome.known:
            raise OperatorFault("nothing_to_accept", "no row of the file can be taken; send it back")
        received.require_no_more_bad(waiting, len({fault.line for fault in outcome.holding}))
        settle_faults(connection, file_id, outcome.faults, acting=acting)
        return _posted(connection, kind, waiting, outcome, reason=reason.strip(), acting=acting)


def reject(connection: psycopg.Connection, file_id: UUID, *, reason: str, acting: Acting) -> None:
    """返戻: nothing of a held file is taken. Raises `OperatorFault` `reason_needed`, `file_unknown`, `file_state`."""
    require_reason(reason, "a decision names its reason")
    kind, _, _ = _beside(connection, file_id)
    received.reject_file(connection, kind, file_id, reason=reason.strip(), acting=acting)


# -- a file --------------------------------------------------------------------------------------------------------


def _receive(
    connection: psycopg.Connection,
    municipality_code: str,
    kind: str,
    delivery: KeyedClaims,
    register: Callable[[], _Outcome],
    *,
    acting: Acting,
) -> Registered:
    """Keep a file with what is wrong in it; take it where nothing is. The same bytes again change nothing."""
    tried: list[_Outcome] = []

    def look() -> received.RowsFound:
        with connection.transaction(force_rollback=True):
            outcome = register()
        tried.append(outcome)
        problems = [AssessmentProblem(fault.line, fault.field, fault.code, fault.message) for fault in outcome.holding]
        return received.RowsFound(outcome.rows, outcome.yen, problems, frozenset())

    beside = (delivery.second, delivery.slips) if kind == CLAIMS else ()
    with connection.transaction():
        checked = received.receive_file(
            connection,
            kind=kind,
            municipality_code=municipality_code,
            name=delivery.name,
            content=delivery.first,
            look=look,
            acting=acting,
            beside=beside,
        )
        if not tried:
            return Registered(checked.file_id, checked.state, 0, 0, 0, faults_of(connection, checked.file_id))
        second, slips = beside or (None, None)
        connection.execute(
            "INSERT INTO refund_file (file_id, delivery_id, second, slips) VALUES (%s, %s, %s, %s)",
            [checked.file_id, delivery.delivery_id, second, slips],
        )
        keep_faults(connection, checked.file_id, tried[0].faults)
        if checked.state is FileState.HELD:
            return Registered(checked.file_id, checked.state, 0, 0, 0, tried[0].faults)
        waiting = received.file_to_post(connection, kind, checked.file_id, acting=acting, without_bad_rows="")
        return _posted(connection, kind, waiting, register(), reason="", acting=acting)


def _posted(
    connection: psycopg.Connection,
    kind: str,
    waiting: received.FileToPost,
    outcome: _Outcome,
    *,
    reason: str,
    acting: Acting,
) -> Registered:
    received.close_posted(
        connection, kind, waiting, acting=acting, without_bad_rows=reason, left_out=frozenset(),
        taken=outcome.count, known=outcome.known, bad_rows=len(outcome.faults),
    )  # fmt: skip
    row = connection.execute(
        "UPDATE refund_file SET taken = %s, taken_total = %s, known = %s WHERE file_id = %s RETURNING delivery_id",
        [outcome.count, outcome.total, outcome.known, waiting.file_id],
    ).fetchone()
    if row is not None and row[0] is not None:
        note_return(connection, row[0], source=waiting.name, acting=acting)
    return Registered(waiting.file_id, waiting.next_state, outcome.count, outcome.total, outcome.known, outcome.faults)


def _beside(connection: psycopg.Connection, file_id: UUID) -> tuple[str, bytes, bytes]:
    """Give the kind of a file about refunds, and what came beside it. Raises `OperatorFault` `file_unknown`."""
    row = connection.execute(
        "SELECT kind, second, slips FROM refund_file JOIN received_file ON received_file.id = file_id"
        " WHERE file_id = %s",
        [file_id],
    ).fetchone()
    if row is None:
        raise OperatorFault("file_unknown", "no such file was received")
    return row[0], bytes(row[1] or b""), bytes(row[2] or b"")


def _codec_faults(problems: FileProblems | FileRefused, whose: RowResponsibility, place: str = "") -> list[RowFault]:
    """Give what a codec found. `place`: of the file beside the first one, whose lines are none of the first's."""
    noted = problems.problems if isinstance(problems, FileRefused) else tuple(problems)
    return [
        RowFault(
            0 if place else (problem.record or 0),
            f"{place} {problem.record or ''}".strip(),
            problem.field,
            problem.reason,
            f"{problem.found}; {problem.advice}",
            whose,
        )
        for problem in noted
    ]


# -- 還付請求書 -----------------------------------------------------------------------------------------------


def _claims(
    connection: psycopg.Connection,
    municipality_code: str,
    delivery: KeyedClaims,
    layouts: Layouts,
    *,
    rules: MatchingRules,
    acting: Acting,
) -> _Outcome:
    """Register every claim that is right, in the caller's transaction."""
    slips = punched.decode_slips(slips_layout(layouts), delivery.slips, file=f"{delivery.name} のバッチ票").items
    problems, beside = FileProblems(delivery.name), FileProblems(f"{delivery.name} の第2打鍵")
    try:
        first, records = punched.decode_readable_claims(claims_layout(layouts), delivery.first, problems)
    except FileRefused as refused:
        return _Outcome(0, 0, 0, 0, 0, tuple(_codec_faults(refused, RowResponsibility.CONTRACTOR)))
    try:
        second, _ = punched.decode_readable_claims(claims_layout(layouts), delivery.second, beside)
    except FileRefused as refused:
        return _Outcome(0, 0, 0, 0, 0, tuple(_codec_faults(refused, RowResponsibility.CONTRACTOR, "第2打鍵")))
    verdict = judge(slips, first, second)
    line_of = dict(zip((_place(item) for item in first), records, strict=True))
    faults = _codec_faults(problems, RowResponsibility.CONTRACTOR) + _codec_faults(
        beside, RowResponsibility.CONTRACTOR, "第2打鍵"
    )
    faults += _keying_faults(verdict, first, line_of)
    right = sound(verdict, first)
    cases = _cases(connection, municipality_code, right)
    seen: set[str] = set()
    total = count = known = 0
    for item in right:
        fate = _register(connection, item, cases, seen, source=delivery.name, rules=rules, acting=acting)
        if isinstance(fate, RowFault):
            faults.append(_fault_at_line(fate, line_of[_place(item)]))
        elif fate is Fate.KNOWN:
            known += 1
        else:
            count += 1
            total += item.amount
    rows = len(first) + len({problem.record for problem in problems})
    return _Outcome(rows, sum(item.amount for item in first), count, total, known, tuple(faults))


def _register(
    connection: psycopg.Connection,
    item: KeyedClaim,
    cases: Mapping[int, tuple[UUID, ClaimedCase]],
    seen: set[str],
    *,
    source: str,
    rules: MatchingRules,
    acting: Acting,
) -> Fate | RowFault:
    """Register one claim; or say that it was before, or what is wrong with it (its line is the caller's to say)."""
    found = cases.get(int(item.claim_number))
    try:
        account = _account(item)
    except BankProblem as error:
        return _fault(item, Wrong(error.field, error.code, error.message, RowResponsibility.CLAIMANT))
    fate = account_shape(account.account_type, account.account_number) or judge_claim(
        found[1] if found else None, account, claimed_on=item.claimed_on, amount=item.amount
    )
    if item.claim_number in seen and not isinstance(fate, Wrong):
        words = "同じ還付請求番号が前の行にもあります。原票を確かめてください。"
        fate = Wrong("claim_number", "claim_twice", words, RowResponsibility.CONTRACTOR)
    if isinstance(fate, Wrong):
        return _fault(item, fate)
    seen.add(item.claim_number)
    if fate is Fate.KNOWN or found is None:
        return Fate.KNOWN
    try:
        claim(
            connection,
            found[0],
            account,
            claimed_on=item.claimed_on,
            source=f"{source}:{_place(item)}",
            rules=rules,
            acting=acting,
        )
    except OperatorFault as error:
        if error.code in FOR_THE_SCREEN:
            field, words = FOR_THE_SCREEN[error.code]
            return _fault(item, Wrong(field, error.code, words, RowResponsibility.OFFICE), holds=False)
        return _fault(item, Wrong("claim_number", error.code, error.message, RowResponsibility.OFFICE))
    return Fate.TAKE


def _keying_faults(
    verdict: KeyingVerdict[KeyedClaim], first: Sequence[KeyedClaim], line_of: Mapping[str, int]
) -> list[RowFault]:
    """Tell what the keyings have differently, and of every paper of a bundle that does not come out that it waits."""
    faults: list[RowFault] = []
    for found in verdict.differences:
        place = f"{found.batch_number}-{found.sequence}" if found.batch_number else "全体"
        line = line_of.get(place, 0)
        faults.append(
            RowFault(line, place, found.field, "keyings_differ", KEYED_DIFFERENTLY, RowResponsibility.CONTRACTOR)
        )
    for fault in verdict.faults:
        words = (
            f"束{fault.batch_number}: バッチ票は {fault.stated:,}、打鍵は {fault.keyed:,} です。原票を数えてください。"
        )
        papers = [item for item in first if item.batch_number == fault.batch_number]
        # no paper of a bundle that does not come out can be told from one that is wrong
        for line, place in [(line_of[_place(item)], _place(item)) for item in papers] or [(0, fault.batch_number)]:
            faults.append(
                RowFault(line, place, fault.fault.value, f"bundle_{fault.fault}", words, RowResponsibility.CONTRACTOR)
            )
    return faults


def _cases(
    connection: psycopg.Connection, municipality_code: str, claims: Sequence[KeyedClaim]
) -> dict[int, tuple[UUID, ClaimedCase]]:
    """Read and lock the cases the claims name, by number."""
    numbers = sorted({int(item.claim_number) for item in claims})
    rows = connection.execute(
        "SELECT number, id, state, refund_total, claimed_on, bank_code, branch_code, account_type, account_number,"
        " account_holder FROM refund_case"
        " WHERE municipality_code = %s AND number = ANY(%s) ORDER BY number FOR UPDATE",
        [municipality_code, numbers],
    ).fetchall()
    found: dict[int, tuple[UUID, ClaimedCase]] = {}
    for number, case_id, state, total, claimed_on, bank, branch, kind, account, holder in rows:
        stands = BankAccount(
            bank_code=bank, branch_code=branch, account_type=kind, account_number=account, holder=holder
        )
        found[number] = case_id, ClaimedCase(RefundState(state), total, claimed_on, stands if bank else None)
    return found


def _account(item: KeyedClaim) -> BankAccount:
    """Give the account of a claim. Raises `BankProblem`."""
    if item.post_symbol:
        return check_passbook(
            symbol=item.post_symbol,
            number=item.post_number,
            savings=item.deposit == AccountType.SAVINGS,
            holder=item.holder_kana,
        )
    return check_account(
        bank_code=item.bank_code,
        branch_code=item.branch_code,
        account_type=item.deposit,
        account_number=item.account_number,
        holder=item.holder_kana,
    )


def _place(item: KeyedClaim) -> str:
    return f"{item.batch_number}-{item.sequence}"


def _fault(item: KeyedClaim, wrong: Wrong, *, holds: bool = True) -> RowFault:
    return RowFault(0, _place(item), wrong.field, wrong.code, wrong.message, wrong.whose, holds)


def _fault_at_line(fault: RowFault, line: int) -> RowFault:
    return RowFault(line, fault.place, fault.field, fault.code, fault.message, fault.whose, fault.holds)


# -- 振込不能 ------------------------------------------------------------------------------------------------


def _returned(
    connection: psycopg.Connection, municipality_code: str, delivery: KeyedClaims, layouts: Layouts, *, acting: Acting
) -> _Outcome:
    """Take every transfer back that is right, in the caller's transaction."""
    problems = FileProblems(delivery.name)
    try:
        items, records = returned_transfers.decode_readable(returned_layout(layouts), delivery.first, problems)
    except FileRefused as refused:
        return _Outcome(0, 0, 0, 0, 0, tuple(_codec_faults(refused, RowResponsibility.BANK)))
    faults = _codec_faults(problems, RowResponsibility.BANK)
    wrong_lines = {fault.line for fault in faults}
    total = count = known = 0
    for line, item in zip(records, items, strict=True):
        if line in wrong_lines:
            continue
        fate = _take_back(connection, municipality_code, item, acting)
        if isinstance(fate, Wrong):
            faults.append(RowFault(line, str(line), fate.field, fate.code, fate.message, fate.whose))
        elif fate is Fate.KNOWN:
            known += 1
        else:
            count += 1
            total += item.amount
    rows = len(items) + len({problem.record for problem in problems} - set(records))
    return _Outcome(rows, sum(item.amount for item in items), count, total, known, tuple(faults))


def _take_back(
    connection: psycopg.Connection, municipality_code: str, item: ReturnedTransfer, acting: Acting
) -> Fate | Wrong:
    paid = paid_of_reference(connection, municipality_code, item.reference)
    row = ReturnedRow(item.amount, item.returned_on, item.bank_code, item.branch_code, item.account_number)
    fate = judge_returned(paid.transfer if paid else None, row, today=day_in_japan(acting.now))
    if fate is Fate.TAKE and paid is not None:
        try:
            transfer_failed(connection, paid.case_id, reason=item.reason, acting=acting, position=paid.position)
        except OperatorFault as error:
            return Wrong("顧客コード", error.code, error.message, RowResponsibility.OFFICE)
    return fate
