"""Payments found by what a payer or a bank tells of them: the amount, the day, the channel, the place, a plate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import class_row

FOUND_MAX = 300
#: How far back is looked where no day is given.
DAYS_BACK = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSearch:
    """What is known of a payment; None and "" do not narrow. Amounts in yen; days of 領収, both included."""

    first: date | None = None
    last: date | None = None
    yen_from: int | None = None
    yen_to: int | None = None
    channel: str = ""
    office: str = ""
    notice_number: str = ""
    plate_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPayment:
    """A payment a search found, with whose notice it names; None and "" where it names none that is known."""

    payment_id: UUID
    channel: str
    received_on: date
    booked_on: date
    amount: int
    office: str
    notice_number: str
    installment: str
    source: str
    plate_number: str
    person_id: int | None
    addressee_number: str
    name: str


def find_payments(
    connection: psycopg.Connection, municipality_code: str, sought: PaymentSearch, *, today: date
) -> list[FoundPayment]:
    """Find payments, the latest first, at most `FOUND_MAX`; without a day or a number those of the last 400 days."""
    named = bool(sought.notice_number or sought.plate_number)
    first = sought.first or (None if named else today - timedelta(days=DAYS_BACK))
    with connection.cursor(row_factory=class_row(FoundPayment)) as cursor:
        return cursor.execute(
            "SELECT payment.id AS payment_id, payment.channel, payment.received_on, payment.booked_on, payment.amount,"
            " payment.office, payment.notice_number, payment.installment, payment.source,"
            " coalesce(notice.plate_number, '') AS plate_number, taxpayer.id AS person_id,"
            " coalesce(notice.addressee_number, '') AS addressee_number, coalesce(taxpayer.name, '') AS name"
            " FROM payment LEFT JOIN notice ON notice.municipality_code = payment.municipality_code"
            " AND notice.notice_number = payment.notice_number AND payment.notice_number <> ''"
            " LEFT JOIN taxpayer ON taxpayer.municipality_code = notice.municipality_code"
            " AND taxpayer.addressee_number = notice.addressee_number"
            " WHERE payment.municipality_code = %(code)s"
            # a payment is booked on the day of its receipt or later: the indexed day rules most out first
            " AND (%(first)s::date IS NULL OR (payment.booked_on >= %(first)s AND payment.received_on >= %(first)s))"
            " AND (%(last)s::date IS NULL OR payment.received_on <= %(last)s)"
            " AND (%(yen_from)s::bigint IS NULL OR payment.amount >= %(yen_from)s)"
            " AND (%(yen_to)s::bigint IS NULL OR payment.amount <= %(yen_to)s)"
            " AND (%(channel)s = '' OR payment.channel = %(channel)s)"
            " AND (%(office)s = '' OR payment.office = %(office)s)"
            " AND (%(notice)s = '' OR payment.notice_number = %(notice)s)"
            " AND (%(plate)s = '' OR translate(notice.plate_number, ' 　・-', '') ="
            " translate(%(plate)s, ' 　・-', ''))"
            " ORDER BY payment.received_on DESC, payment.booked_on DESC, payment.id LIMIT %(most)s",
            {
                "code": municipality_code,
                "first": first,
                "last": sought.last,
                "yen_from": sought.yen_from,
                "yen_to": sought.yen_to,
                "channel": sought.channel,
                "office": sought.office,
                "notice": sought.notice_number,
                "plate": sought.plate_number,
                "most": FOUND_MAX,
            },
        ).fetchall()
