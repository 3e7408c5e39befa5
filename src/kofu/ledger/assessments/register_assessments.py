"""① 賦課情報・軽自動車税管理情報の登録: an assessment file is checked whole, held where a row is wrong, posted whole.

`receive` reads and checks and posts nothing. `post` posts a file that was checked, in one transaction with its audit
entry; rows with problems stay out only by the decision of a second person, and stay on record with the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg

from kofu.core.errors import ensure
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.assessments.domain.assessments import (
    AssessmentLine,
    AssessmentPlan,
    AssessmentProblem,
    Change,
    RecordedNotice,
    StandingPart,
    plan,
    taken_back,
)
from kofu.ledger.assessments.received import Checked as Checked  # noqa: PLC0414 - what `receive` gives
from kofu.ledger.assessments.received import (
    RowsFound,
    close_posted,
    file_to_post,
    in_groups,
    known_people,
    receive_file,
    require_no_more_bad,
)
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.claim_terms import terms_of_claims, with_barred
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Claim, Notice, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.settle import revise_after_reduction
from kofu.ledger.books.journal import Posting, add_notices, find_claims, open_books, store_books
from kofu.ledger.holds.issuance_holds import Place
from kofu.ledger.profile.rates_on_record import rates_in_use

KIND = "assessments"

#: Reads the bytes of a file into lines and the problems of what could not be read.
Reader = Callable[[bytes], tuple[Sequence[AssessmentLine], Sequence[AssessmentProblem]]]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class AssessmentsPosted:
    """What posting a file did."""

    notices_opened: int
    increased: int
    reduced: int
    unchanged: int
    left_out: int


def receive(
    connection: psycopg.Connection,
    *,
    municipality_code: str,
    name: str,
    content: bytes,
    read: Reader,
    acting: Acting,
) -> Checked:
    """Take in a file and check every row against the ledger. Posts nothing; whom it corrects is under 更正処理中.

    The same bytes again are the same file: what was found then is given again. What was sent back can come again.
    """

    def look() -> RowsFound:
        lines, unreadable = read(content)
        problems, corrects = _look(connection, municipality_code, lines)
        return RowsFound(
            rows=len({line.line for line in lines} | {problem.line for problem in unreadable}),
            total=sum(line.total for line in lines),
            problems=[*unreadable, *problems],
            corrects=corrects,
        )

    return receive_file(
        connection, kind=KIND, municipality_code=municipality_code, name=name, content=content, look=look, acting=acting
    )


def post(
    connection: psycopg.Connection,
    file_id: UUID,
    *,
    read: Reader,
    rules: MatchingRules,
    acting: Acting,
    without_bad_rows: str = "",
    progress: Progress = lambda _done: None,
) -> AssessmentsPosted:
    """Post a received file, all of it, in one transaction. Every row is decided again against the ledger of now.

    `rules`: by which 延滞金 is calculated anew where less is assessed than before.
    `without_bad_rows`: the reason for which a held file is posted without its bad rows; then the actor must be another
    person than the one who received it. Raises `OperatorFault` `file_state`, `second_person_needed`, `rows_changed`
    where rows that were right when the file was received are not any more (receive it again), `rate_missing`.
    """
    with connection.transaction():
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        waiting = file_to_post(connection, KIND, file_id, acting=acting, without_bad_rows=without_bad_rows)
        municipality_code, name = waiting.municipality_code, waiting.name
        lines, unreadable = read(waiting.content)
        problems, _ = _look(connection, municipality_code, lines)
        bad = {problem.line for problem in (*unreadable, *problems)}
        require_no_more_bad(waiting, len(bad))
        source = posting_now(connection, municipality_code, acting, source=name)
        opened = increased = reduced = unchanged = 0
        done = 0
        for group in in_groups(line for line in lines if line.line not in bad):
            for decided in _post_group(connection, municipality_code, group, source, rules):
                opened += decided.line.change is Change.NEW and bool(decided.opens)
                increased += bool(decided.grows)
                reduced += bool(decided.shrinks)
                unchanged += not decided.moves
            done += len(group)
            progress(done)
        posted = AssessmentsPosted(opened, increased, reduced, unchanged, len(bad))
        close_posted(
            connection,
            KIND,
            waiting,
            acting=acting,
            without_bad_rows=without_bad_rows,
            left_out={_place(line) for line in lines if line.line in bad},
            opened=opened,
            increased=increased,
            reduced=reduced,
            left_out_rows=len(bad),
        )
    return posted


def _place(line: AssessmentLine) -> Place:
    return line.notice.addressee_number, line.notice.fiscal_year


def _look(
    connection: psycopg.Connection, municipality_code: str, lines: Iterable[AssessmentLine]
) -> tuple[list[AssessmentProblem], set[Place]]:
    """Check lines against the ledger: what each would post, a notice number twice, a person nobody knows.

    Gives the problems, and the people and years of notices that are in the ledger and that a line wants otherwise.
    """
    problems: list[AssessmentProblem] = []
    corrects: set[Place] = set()
    seen: set[str] = set()
    for group in in_groups(lines):
        standing = _standing(connection, municipality_code, [line.notice.notice_number for line in group])
        known = known_people(connection, municipality_code, [line.notice.addressee_number for line in group])
        plans = [plan(line, standing.get(line.notice.notice_number)) for line in group]
        without_rate = _without_rate(
            connection, municipality_code, [one for one in plans if isinstance(one, AssessmentPlan)]
        )
        for line, decided in zip(group, plans, strict=True):
            number = line.notice.notice_number
            if number in standing and (isinstance(decided, AssessmentProblem) or decided.moves):
                corrects.add(_place(line))
            if isinstance(decided, AssessmentProblem):
                problems.append(decided)
            elif number in seen:
                message = "the file states this notice in an earlier line too"
                problems.append(AssessmentProblem(line.line, "通知書番号", "notice_twice", message))
            elif line.notice.addressee_number not in known:
                message = "nobody has this number; take the resident feed in first"
                problems.append(AssessmentProblem(line.line, "宛名番号", "addressee_unknown", message))
            elif any(claim_id in without_rate for claim_id, _ in decided.shrinks):
                message = "延滞金 of a year without a rate would have to be calculated anew; register the rate first"
                problems.append(AssessmentProblem(line.line, "期別調定額", "rate_missing", message))
            seen.add(number)
    return problems, corrects


def _without_rate(connection: psycopg.Connection, municipality_code: str, plans: Sequence[AssessmentPlan]) -> set[int]:
    """Give the claims that a reduction would settle and that were paid late in a year whose rate is not known yet."""
    shrinks = [(claim_id, amount) for one in plans for claim_id, amount in one.shrinks]
    if not shrinks:
        return set()
    known = list(rates_in_use(connection, municipality_code).years)
    rows = connection.execute(
        "SELECT DISTINCT claim.id FROM unnest(%s::bigint[], %s::bigint[]) AS shrinking (claim_id, amount)"
        " JOIN claim ON claim.id = shrinking.claim_id JOIN claim_balance ON claim_balance.claim_id = claim.id"
        " JOIN share ON share.claim_id = claim.id JOIN payment ON payment.id = share.payment_id"
        " WHERE claim_balance.due <= shrinking.amount AND share.principal > 0 AND payment.received_on > claim.due_date"
        " AND extract(year FROM payment.received_on)::int <> ALL(%s)",
        [[claim_id for claim_id, _ in shrinks], [amount for _, amount in shrinks], known],
    )
    return {row[0] for row in rows}


def _post_group(
    connection: psycopg.Connection,
    municipality_code: str,
    group: Sequence[AssessmentLine],
    source: Posting,
    rules: MatchingRules,
) -> list[AssessmentPlan]:
    standing = _standing(connection, municipality_code, [line.notice.notice_number for line in group])
    plans = [plan(line, standing.get(line.notice.notice_number)) for line in group]
    decided = [one for one in plans if isinstance(one, AssessmentPlan)]
    ensure(len(decided) == len(plans), "rows were checked in this transaction")
    new = [one for one in decided if one.line.notice.notice_number not in standing]
    made = add_notices(
        connection,
        [(one.line.notice, [(part.installment, part.due_date) for part in one.opens]) for one in new],
    )
    more = [one for one in decided if one.opens and one.line.notice.notice_number in standing]
    made_more = add_notices(
        connection,
        [(one.line.notice, [(part.installment, part.due_date) for part in one.opens]) for one in more],
        known=True,
    )
    opened = {
        (claim.notice.notice_number, claim.installment): claim.claim_id
        for claims in (*made, *made_more)
        for claim in claims
    }
    touched = [growth.claim_id for one in decided for growth in one.grows]
    touched += [claim_id for one in decided for claim_id, _ in one.shrinks]
    _keep_due_days(connection, decided, source.source)
    smaller = _smaller_claims(connection, municipality_code, decided, standing)
    rules = with_barred(connection, rules, list(smaller.values()), source.booked_on)
    books = open_books(connection, claim_ids=[*opened.values(), *touched])
    for one in decided:
        on, reason = one.line.effective_on, one.line.reason
        for part in one.opens:
            if part.amount:
                claim_id = opened[one.line.notice.notice_number, part.installment]
                books.post(posting.assess(claim_id, part.amount, on, reason=reason))
        for growth in one.grows:
            books.post(posting.increase(growth.claim_id, growth.amount, on, reason=_with_day(reason, growth.due_date)))
        for claim_id, amount in one.shrinks:
            cancelled = one.line.change is Change.CANCEL
            books.post_all(posting.reduce(books, claim_id, amount, on, reason=reason, cancelled=cancelled))
            revise_after_reduction(smaller[claim_id], books, rules, on, reason=reason)
    store_books(connection, books, source)
    return decided


def _with_day(reason: str, due_date: date | None) -> str:
    """Add the 納期限 of an increase to its reason, where it has one of its own."""
    return f"{reason}（増額分の納期限 {due_date.year}年{due_date.month}月{due_date.day}日）" if due_date else reason


def _keep_due_days(connection: psycopg.Connection, plans: Sequence[AssessmentPlan], source: str) -> None:
    """Put on record which 納期限 increases have that are not due with their 期別, and what reductions take of them."""
    rows = [
        (growth.claim_id, growth.due_date, growth.amount, one.line.effective_on, source)
        for one in plans
        for growth in one.grows
        if growth.due_date is not None
    ]
    shrinking = {claim_id: (amount, one.line.effective_on) for one in plans for claim_id, amount in one.shrinks}
    for claim_id, terms in terms_of_claims(connection, shrinking).items():
        amount, on = shrinking[claim_id]
        rows += [(claim_id, part.due_date, -part.amount, on, source) for part in taken_back(terms.increases, amount)]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO claim_increase (claim_id, due_date, amount, effective_on, source)"
                " VALUES (%s, %s, %s, %s, %s)",
                rows,
            )


def _smaller_claims(
    connection: psycopg.Connection,
    municipality_code: str,
    plans: Sequence[AssessmentPlan],
    standing: Mapping[str, RecordedNotice],
) -> dict[int, Claim]:
    """Read the claims that get smaller: their 納期限 is what 延滞金 runs from."""
    keys = {
        (one.line.notice.notice_number, installment)
        for one in plans
        if one.shrinks
        for installment in standing[one.line.notice.notice_number].parts
    }
    return {claim.claim_id: claim for claim in find_claims(connection, municipality_code, keys).values()}


def _standing(
    connection: psycopg.Connection, municipality_code: str, notice_numbers: Sequence[str]
) -> dict[str, RecordedNotice]:
    """Read the notices the ledger holds of these numbers, with what is assessed per 期別."""
    rows = connection.execute(
        "SELECT notice_number, addressee_number, tax, fiscal_year, origin_year, collection_method, statutory_due_date,"
        " plate_number, chassis_last4, inspected, installment, claim.id, assessed, due_date"
        " FROM notice JOIN claim ON claim.notice_id = notice.id JOIN claim_balance ON claim_id = claim.id"
        " WHERE municipality_code = %s AND notice_number = ANY(%s)",
        [municipality_code, list(notice_numbers)],
    )
    notices: dict[str, Notice] = {}
    parts: dict[str, dict[str, StandingPart]] = {}
    for number, addressee, tax, year, origin, method, statutory, plate, chassis, inspected, *part in rows:
        if number not in notices:
            notices[number] = Notice(
                municipality_code=municipality_code,
                notice_number=number,
                addressee_number=addressee,
                tax=Tax(tax),
                fiscal_year=year,
                origin_year=origin,
                collection_method=method,
                statutory_due_date=statutory,
                plate_number=plate,
                chassis_last4=chassis,
                inspected=inspected,
            )
        installment, claim_id, assessed, due_date = part
        parts.setdefault(number, {})[installment] = StandingPart(claim_id, assessed, due_date)
    return {number: RecordedNotice(notice, parts[number]) for number, notice in notices.items()}
