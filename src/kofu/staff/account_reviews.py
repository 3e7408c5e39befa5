"""アカウント棚卸: twice a fiscal year every account with its role is found needed, by an administrator, not its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import transaction

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_second_person
from kofu.staff.domain.contractors import half_year_of
from kofu.staff.models import AccountReview, StaffAccount
from kofu.staff.records import record_with_change
from kofu.staff.work import StaffActor


@dataclass(frozen=True, slots=True)
class ReviewedAccount:
    """An account in use and who found it needed in this half-year; `review` None: nobody yet, as it stands today."""

    account: StaffAccount
    review: AccountReview | None


def reviewed_accounts(today: date) -> list[ReviewedAccount]:
    """Give the accounts in use with their signature of this half-year. Another role or office asks for a new one."""
    signed = {
        (one.login, one.role, one.office_code): one
        for one in AccountReview.objects.filter(half_year=half_year_of(today))
    }
    every = StaffAccount.objects.select_related("office").order_by("office__code", "login")
    return [
        ReviewedAccount(one, signed.get((str(one.login), str(one.role), str(one.office_id))))
        for one in every
        if one.active_on(today)
    ]


def sign(by: StaffActor, logins: list[str], today: date) -> int:
    """Sign accounts as needed in their role, in this half-year; give how many. Nobody signs their own.

    Raises `OperatorFault` `second_person_needed`; then none of them is signed.
    """
    with transaction.atomic():
        open_ones = {str(one.account.login): one.account for one in reviewed_accounts(today) if one.review is None}
        chosen = [open_ones[login] for login in logins if login in open_ones]
        for account in chosen:
            require_second_person(by.login, account.login, what="an account's review")
            AccountReview.objects.create(
                half_year=half_year_of(today), login=account.login, role=account.role,
                office_code=account.office_id, signed_by=by.login, signed_at=datetime.now(UTC),
            )  # fmt: skip
            record_with_change(by, "account.review", "signed", {"account": account.login, "role_given": account.role})
        if len(chosen) != len(set(logins)):
            raise OperatorFault("review_changed", "some of these accounts were signed or changed meanwhile")
    return len(chosen)
