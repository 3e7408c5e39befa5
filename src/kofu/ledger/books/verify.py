"""Check the ledger by code of its own: what the transfers say against what the balances say (P12).

Nothing here is shared with the code that keeps the balances: account names stand as text, sums are made by the database
from the transfers alone. Every check names what it compares; a difference names the row, never a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg

from kofu.ledger.books.verify_people import PEOPLE_CHECKS

DIFFERENCES_SHOWN = 100

#: balance column → (transfers that add to it, transfers that take from it), as conditions on debit and credit.
_Sides = tuple[str, str]


def _between(debit: str, credit: str) -> _Sides:
    return f"debit = '{debit}' AND credit = '{credit}'", f"debit = '{credit}' AND credit = '{debit}'"


def _sides_of(account: str, *, normal: str) -> _Sides:
    other = "debit" if normal == "credit" else "credit"
    return f"{normal} = '{account}'", f"{other} = '{account}'"


CLAIM_SUMS: dict[str, _Sides] = {
    "assessed": _sides_of("assessed", normal="credit"),
    "paid": _between("unallocated", "due"),
    "waived": _sides_of("waived", normal="debit"),
    "written_off": _sides_of("written_off", normal="debit"),
    "due": _sides_of("due", normal="debit"),
    "interest_assessed": _sides_of("interest_assessed", normal="credit"),
    "interest_paid": _between("unallocated", "interest_due"),
    "interest_waived": _sides_of("interest_waived", normal="debit"),
    "interest_written_off": _sides_of("interest_written_off", normal="debit"),
    "interest_due": _sides_of("interest_due", normal="debit"),
}
PAYMENT_SUMS: dict[str, _Sides] = {
    "received": _sides_of("received", normal="debit"),
    "added": _between("refund_interest_due", "unallocated"),
    "allocated": (
        "debit = 'unallocated' AND credit IN ('due', 'interest_due')",
        "credit = 'unallocated' AND debit IN ('due', 'interest_due')",
    ),
    "suspense": _sides_of("suspense", normal="credit"),
    "overpaid": _sides_of("overpaid", normal="credit"),
    "in_error": _sides_of("in_error", normal="credit"),
    "refundable": _sides_of("refundable", normal="credit"),
    "refunded": _sides_of("refunded", normal="credit"),
    "lapsed": _sides_of("lapsed", normal="credit"),
}
SHARE_SUMS: dict[str, _Sides] = {
    "principal": _between("unallocated", "due"),
    "interest": _between("unallocated", "interest_due"),
    "overpaid": _sides_of("overpaid", normal="credit"),
    "in_error": _sides_of("in_error", normal="credit"),
    "refundable": _sides_of("refundable", normal="credit"),
    "refunded": _sides_of("refunded", normal="credit"),
    "lapsed": _sides_of("lapsed", normal="credit"),
    "refund_interest": _sides_of("refund_interest", normal="debit"),
    "refund_interest_paid": _sides_of("refund_interest_paid", normal="credit"),
    "refund_interest_applied": _between("refund_interest_due", "unallocated"),
}


@dataclass(frozen=True, slots=True)
class BookDifference:
    """A row that does not hold what the transfers say. `where` names it by its numbers in the ledger."""

    check: str
    where: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What was checked, how many rows, and the first differences."""

    checks: tuple[tuple[str, int], ...]
    differences: tuple[BookDifference, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether every check came out."""
        return not self.differences


def verify_ledger(connection: psycopg.Connection, *, every_step: bool = False, in_order: bool = True) -> LedgerReport:
    """Check everything. `every_step`: also that no due was below zero after any transfer (slower).

    `in_order`: also that money was allocated in the order in which it was received.

    Give a connection at REPEATABLE READ while others post: every check then sees the same ledger.
    """
    checks: list[tuple[str, int]] = []
    differences: list[BookDifference] = []
    with connection.transaction():
        for name, count_sql, differences_sql in [*_checks(every_step=every_step), *(ORDER_CHECKS if in_order else ())]:
            counted = connection.execute(count_sql).fetchone()
            checks.append((name, counted[0] if counted else 0))
            differences += [
                BookDifference(name, str(where), str(expected), str(found))
                for where, expected, found in connection.execute(f"{differences_sql} LIMIT {DIFFERENCES_SHOWN}")
            ]
    return LedgerReport(tuple(checks), tuple(differences[:DIFFERENCES_SHOWN]))


#: An earlier payment is owed back as 誤納 at a 期別 of which a later one pays the tax. On record is what explains it:
#: the claim was increased, the earlier one is the slip of another 期別, the later one pays by a decision (充当), or two
#: people look at it or have (領収日順の事案). What was taken over has no day of its own.
_OUT_OF_ORDER = """
    FROM share AS earlier
    JOIN payment AS first ON first.id = earlier.payment_id
    JOIN share AS later ON later.claim_id = earlier.claim_id AND later.principal > 0
    JOIN payment AS second ON second.id = later.payment_id AND second.received_on > first.received_on
    WHERE earlier.in_error > 0 AND 'taken_over' NOT IN (first.channel, second.channel)
        AND NOT EXISTS (SELECT FROM transfer WHERE transfer.claim_id = earlier.claim_id AND debit = 'due'
            AND transfer.payment_id IS NULL OFFSET 1)
        AND NOT EXISTS (SELECT FROM share AS other WHERE other.payment_id = earlier.payment_id
            AND other.claim_id <> earlier.claim_id AND other.principal > 0)
        AND NOT EXISTS (SELECT FROM transfer JOIN entry ON entry.id = entry_id
            WHERE transfer.claim_id = later.claim_id AND transfer.payment_id = later.payment_id AND credit = 'due'
            AND kind IN ('appropriated', 'reallocated') AND reason <> '期別相違')
        AND NOT EXISTS (SELECT FROM receipt_case JOIN claim AS named ON named.id = receipt_case.claim_id
            JOIN claim AS own ON own.notice_id = named.notice_id WHERE own.id = earlier.claim_id)
"""
#: 誤納 at a 期別 that is itself due. On record is what explains it: the 期別 came to be due after it (増額, 不納欠損の
#: 取消), it was paid after 時効, it is the slip of another 期別, or two people look at it or have.
_OWED_BACK_AND_DUE = """
    SELECT (payment.id, share.claim_id), 0, least(share.in_error, claim_balance.due)
    FROM share JOIN claim_balance ON claim_balance.claim_id = share.claim_id AND claim_balance.due > 0
    JOIN payment ON payment.id = share.payment_id AND payment.channel <> 'taken_over'
    WHERE share.in_error > 0
        AND NOT EXISTS (SELECT FROM transfer WHERE transfer.claim_id = share.claim_id AND debit = 'due'
            AND transfer.payment_id IS NULL OFFSET 1)
        AND NOT EXISTS (SELECT FROM share AS other WHERE other.payment_id = share.payment_id
            AND other.claim_id <> share.claim_id AND other.principal > 0)
        AND NOT EXISTS (SELECT FROM transfer JOIN entry ON entry.id = entry_id
            WHERE transfer.claim_id = share.claim_id AND transfer.payment_id = share.payment_id
            AND credit = 'in_error' AND reason = '時効後の納付')
        AND NOT EXISTS (SELECT FROM receipt_case JOIN claim AS named ON named.id = receipt_case.claim_id
            JOIN claim AS own ON own.notice_id = named.notice_id WHERE own.id = share.claim_id)
"""
ORDER_CHECKS: list[tuple[str, str, str]] = [
    (
        "nothing is owed back as 誤納 at a 期別 whose 本税 is due",
        "SELECT count(*) FROM share WHERE in_error > 0",
        _OWED_BACK_AND_DUE,
    ),
    (
        "money was allocated in the order in which it was received",
        "SELECT count(*) FROM share WHERE principal > 0",
        f"SELECT (first.id, earlier.claim_id), first.received_on, second.received_on {_OUT_OF_ORDER}",
    ),
    (
        "money that waits because a claim was written off has its case",
        "SELECT count(*) FROM payment_balance",
        """
        SELECT payment_id, 'a case', 'none' FROM payment_balance WHERE suspense > 0
            AND 'before_write_off' = (SELECT reason FROM entry JOIN transfer ON transfer.entry_id = entry.id
                WHERE transfer.payment_id = payment_balance.payment_id AND kind = 'suspended'
                ORDER BY sequence DESC LIMIT 1)
            AND NOT EXISTS (SELECT FROM receipt_case WHERE receipt_case.payment_id = payment_balance.payment_id
                AND state <> 'decided')
        """,
    ),
]


def _checks(*, every_step: bool) -> list[tuple[str, str, str]]:
    """List (name, statement that counts what is checked, statement that gives the differences)."""
    checks = [
        (
            "claim balances are what the transfers say",
            "SELECT count(*) FROM claim_balance",
            _against("claim_balance", ("claim_id",), CLAIM_SUMS),
        ),
        (
            "payment balances are what the transfers say",
            "SELECT count(*) FROM payment_balance",
            _against("payment_balance", ("payment_id",), PAYMENT_SUMS),
        ),
        (
            "shares are what the transfers say",
            "SELECT count(*) FROM share",
            _against("share", ("payment_id", "claim_id"), SHARE_SUMS),
        ),
        (
            "all money of a payment has a place, and there is as much as came in",
            "SELECT count(*) FROM payment",
            """
            SELECT payment.id, payment.amount, sums.amount FROM payment LEFT JOIN (
                SELECT payment_id,
                    sum(CASE WHEN debit = 'received' THEN amount WHEN credit = 'received' THEN -amount ELSE 0 END)
                        AS amount,
                    sum(CASE WHEN debit = 'unallocated' THEN amount WHEN credit = 'unallocated' THEN -amount ELSE 0 END)
                        AS astray,
                    bool_or(credit = 'received') AS voided
                FROM transfer WHERE payment_id IS NOT NULL GROUP BY payment_id
            ) AS sums ON sums.payment_id = payment.id
            WHERE sums.astray IS DISTINCT FROM 0
                OR (sums.amount IS DISTINCT FROM payment.amount AND NOT sums.voided)
            """,
        ),
        (
            "what payments have at a claim is what the claim was paid",
            "SELECT count(*) FROM claim_balance WHERE paid + interest_paid > 0",
            """
            SELECT claim_id, claim_balance.paid + claim_balance.interest_paid, coalesce(sums.amount, 0)
            FROM claim_balance LEFT JOIN
                (SELECT claim_id, sum(principal + interest) AS amount FROM share GROUP BY claim_id) AS sums
                USING (claim_id)
            WHERE claim_balance.paid + claim_balance.interest_paid <> coalesce(sums.amount, 0)
            """,
        ),
        (
            "increases with a 納期限 of their own are part of what is assessed",
            "SELECT count(*) FROM claim_balance",
            """
            SELECT claim_id, claim_balance.assessed, sum(days.amount) FROM claim_balance JOIN
                (SELECT claim_id, due_date, sum(amount) AS amount FROM claim_increase GROUP BY claim_id, due_date)
                AS days USING (claim_id)
            GROUP BY claim_id, claim_balance.assessed
            HAVING min(days.amount) < 0 OR sum(days.amount) > claim_balance.assessed
            """,
        ),
        (
            "a 期別 with increases is stated with all its yen, and on each 納期限 with what 未納 counts",
            "SELECT count(DISTINCT claim_id) FROM claim_increase",
            """
            SELECT part.claim_id, claim_balance.due - least(claim_balance.due, part.later), part.before
            FROM (
                SELECT claim_id, place,
                    sum(assessed - paid) OVER (PARTITION BY claim_id ORDER BY place) - (assessed - paid) AS before,
                    bool_and(paid BETWEEN 0 AND assessed) OVER (PARTITION BY claim_id) AS sound,
                    sum(assessed) OVER (PARTITION BY claim_id) AS asked, sum(paid) OVER (PARTITION BY claim_id) AS paid,
                    (SELECT coalesce(sum(amount), 0) FROM claim_increase AS more
                        WHERE more.claim_id = claim_part.claim_id
                        AND greatest(more.due_date, extended.until) >= claim_part.due_date) AS later
                FROM claim_part LEFT JOIN
                    (SELECT claim_id AS id, max(until) AS until FROM arrears_event AS event WHERE happening = 'extended'
                        AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)
                        GROUP BY claim_id) AS extended ON extended.id = claim_part.claim_id
                WHERE claim_id IN (SELECT claim_id FROM claim_increase)
            ) AS part JOIN claim_balance ON claim_balance.claim_id = part.claim_id
            WHERE NOT sound
                OR asked <> claim_balance.assessed - claim_balance.waived - claim_balance.written_off
                OR part.paid <> claim_balance.paid
                OR (place > 0 AND part.before <> claim_balance.due - least(claim_balance.due, part.later))
            """,
        ),
        (
            "a claim is settled exactly where nothing is due",
            "SELECT count(*) FROM claim_balance",
            """
            SELECT claim_id, due + interest_due, settled_on FROM claim_balance
            WHERE (due = 0 AND interest_due = 0) <> (settled_on IS NOT NULL) AND assessed + interest_assessed > 0
            """,
        ),
        (
            "every entry moves something",
            "SELECT count(*) FROM entry",
            "SELECT id, 1, 0 FROM entry WHERE NOT EXISTS (SELECT FROM transfer WHERE transfer.entry_id = entry.id)",
        ),
    ]
    checks += [
        (
            "every 督促 was covered by all channels when it was approved",
            "SELECT count(*) FROM dunning_letter",
            """
            SELECT claim_id, due_date::text, coalesce(covered_to::text, 'unknown')
            FROM dunning_letter WHERE covered_to < due_date
            """,
        ),
        (
            "every 督促 is of a day after its 納期限",
            "SELECT count(*) FROM dunning_letter",
            """
            SELECT claim_id, 'after ' || due_date, issued_on::text FROM dunning_letter
            WHERE issued_on <= due_date AND pulled_at IS NULL
            """,
        ),
        (
            "no 督促 was approved while money for it lay in a file that was not posted",
            "SELECT count(*) FROM dunning_letter",
            """
            SELECT letter.claim_id, 'posted before ' || run.approved_at, coalesce(batch.posted_at::text, 'not posted')
            FROM batch JOIN batch_row AS paid ON paid.batch_id = batch.id AND paid.event = 'pay'
            JOIN notice ON notice.municipality_code = batch.municipality_code
                AND notice.notice_number = paid.notice_number
            JOIN claim ON claim.notice_id = notice.id AND claim.installment = paid.installment
            JOIN dunning_letter AS letter ON letter.claim_id = claim.id
            JOIN dunning_run AS run ON run.id = letter.run_id
            WHERE batch.state <> 'rejected' AND batch.received_at < run.approved_at
                AND (batch.posted_at IS NULL OR batch.posted_at > run.approved_at)
                AND NOT EXISTS (SELECT FROM batch_row AS voiding
                    WHERE voiding.batch_id = batch.id AND voiding.voids = paid.line)
            """,
        ),
    ]
    checks += PEOPLE_CHECKS
    if every_step:
        checks += [
            (
                f"no {account} was ever below zero",
                "SELECT count(*) FROM transfer",
                f"""
                SELECT place, 0, balance FROM (
                    SELECT {place} AS place, sum(CASE WHEN {normal} = '{account}' THEN amount ELSE -amount END)
                        OVER (PARTITION BY {place} ORDER BY id) AS balance
                    FROM transfer WHERE debit = '{account}' OR credit = '{account}'
                ) AS steps WHERE balance < 0
                """,
            )
            for account, place, normal in (
                ("due", "claim_id", "debit"),
                ("interest_due", "claim_id", "debit"),
                ("unallocated", "payment_id", "credit"),
                ("suspense", "payment_id", "credit"),
                ("overpaid", "(payment_id, claim_id)", "credit"),
                ("in_error", "(payment_id, claim_id)", "credit"),
                ("refundable", "(payment_id, claim_id)", "credit"),
            )
        ]
    return checks


def _against(table: str, key: tuple[str, ...], sums: dict[str, _Sides]) -> str:
    """Compare the columns of a balance table with the sums over the transfers, row by row, both ways."""
    computed = ", ".join(
        f"sum(CASE WHEN {plus} THEN amount WHEN {minus} THEN -amount ELSE 0 END) AS {column}"
        for column, (plus, minus) in sums.items()
    )
    here = "ROW(" + ", ".join(f"coalesce(sums.{column}, 0)::bigint" for column in sums) + ")"
    there = "ROW(" + ", ".join(f"coalesce({table}.{column}, 0)::bigint" for column in sums) + ")"
    where = " AND ".join(f"{column} IS NOT NULL" for column in key)
    return f"""
        SELECT ROW({", ".join(key)}), {here}, {there} FROM {table} FULL JOIN (
            SELECT {", ".join(key)}, {computed} FROM transfer WHERE {where} GROUP BY {", ".join(key)}
        ) AS sums USING ({", ".join(key)})
        WHERE {here} IS DISTINCT FROM {there}
    """
