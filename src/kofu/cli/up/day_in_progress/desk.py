"""What the stories of the day work with: the ledger, its rules, who acts, and people each story has to itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan, last_business_day_before
from kofu.core.profile import Profile
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.profile.ledger_profile import LedgerProfile

CLERK, SECOND_CLERK, APPROVER, BRANCH_CLERK = "shunou1", "shunou2", "kessai1", "branch1"
LANE = "kofu-up"

_OPEN = """
SELECT claim.id AS claim_id, notice.notice_number, notice.addressee_number, notice.tax, notice.fiscal_year,
       claim.installment, claim.due_date, balance.due, taxpayer.name, taxpayer.kana
FROM claim JOIN notice ON notice.id = claim.notice_id JOIN claim_balance AS balance ON balance.claim_id = claim.id
JOIN taxpayer USING (municipality_code, addressee_number)
WHERE notice.municipality_code = %(code)s AND notice.collection_method = 'ordinary' AND balance.due > 0
"""

_IN_ARREARS = """EXISTS (
    SELECT FROM notice AS theirs JOIN claim AS late ON late.notice_id = theirs.id
    JOIN claim_balance AS owed ON owed.claim_id = late.id
    WHERE theirs.municipality_code = notice.municipality_code AND theirs.addressee_number = notice.addressee_number
    AND theirs.collection_method = 'ordinary' AND owed.due > 0 AND late.due_date < %(today)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimToPay:
    """A 期別 of 普通徴収 with something due, in yen, and whose it is."""

    claim_id: int
    notice_number: str
    addressee_number: str
    tax: str
    fiscal_year: int
    installment: str
    due_date: date
    due: int
    name: str
    kana: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk of the collection section on the morning of a day. `samples`: folder of files a visitor can take in.

    `connection` is in autocommit. `taken`: whoever a story is about is left alone by the others.
    """

    connection: psycopg.Connection
    profile: Profile
    rules: MatchingRules
    ledger: LedgerProfile
    layouts: Layouts
    samples: Path
    now: datetime
    taken: set[str] = field(default_factory=set)

    @property
    def code(self) -> str:
        """Municipality code."""
        return self.profile.code

    @property
    def today(self) -> date:
        """The day in Japan."""
        return day_in_japan(self.now)

    @property
    def yesterday(self) -> date:
        """The last business day: it is closed this morning."""
        return last_business_day_before(self.today)

    def acting(self, login: str) -> Acting:
        """Act as an account of the demonstration."""
        return Acting(login, LANE, self.now)

    def to_pay(self, count: int) -> list[ClaimToPay]:
        """Give 期別 that fall due later, each of a person who owes nothing yet; fewer where there are not so many.

        Between two fiscal years, when nothing falls due later: what is overdue.
        """
        condition = f" AND claim.due_date > %(today)s AND taxpayer.status = 'resident' AND NOT {_IN_ARREARS}"
        return self._choose(condition, count) or self.overdue(count)

    def overdue(self, count: int, *, oldest: bool = False) -> list[ClaimToPay]:
        """Give overdue 期別, each of a person of their own: the latest 納期限 first, or the `oldest`."""
        order = "" if oldest else " DESC"
        return self._choose(" AND claim.due_date < %(today)s AND taxpayer.status = 'resident'", count, order)

    def employed(self, count: int) -> list[str]:
        """Give people whose tax employers hold back alone: nobody else's story needs them."""
        found = self.connection.execute(
            "SELECT addressee_number FROM taxpayer JOIN notice USING (municipality_code, addressee_number)"
            " WHERE municipality_code = %s AND status = 'resident' AND NOT addressee_number = ANY(%s)"
            " GROUP BY addressee_number HAVING bool_and(collection_method = 'salary')"
            " ORDER BY addressee_number LIMIT %s",
            [self.code, sorted(self.taken), count],
        ).fetchall()
        self.keep([number for (number,) in found])
        return [number for (number,) in found]

    def keep(self, people: Sequence[str]) -> None:
        """Leave these people to the story that named them."""
        self.taken.update(people)

    def _choose(self, condition: str, count: int, order: str = "") -> list[ClaimToPay]:
        statement = f"{_OPEN}{condition} ORDER BY claim.due_date{order}, notice.addressee_number, claim.id"
        chosen: list[ClaimToPay] = []
        with self.connection.cursor(row_factory=class_row(ClaimToPay)) as cursor:
            for claim in cursor.execute(statement, {"code": self.code, "today": self.today}):
                if len(chosen) < count and claim.addressee_number not in self.taken:
                    chosen.append(claim)
                    self.taken.add(claim.addressee_number)
        return chosen


def account(number: int, holder: str) -> BankAccount:
    """Give an invented account of an ordinary bank; `holder` in 全銀カナ."""
    return BankAccount(
        bank_code="0001", branch_code="001", account_type="1", account_number=f"{7_000_000 + number}", holder=holder
    )
