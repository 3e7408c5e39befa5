"""What is looked at before a 還付請求 is taken in: its day, and whose the account is (本人名義に限る)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.formats.zengin_kana import to_zengin
from kofu.ledger.overpayments.case import RefundCase
from kofu.ledger.people.numbers import numbers_of


class Holder(StrEnum):
    """How the 口座名義 fits the person who is owed."""

    SAME = "same"
    DIFFERS = "differs"
    UNKNOWN = "unknown"  # the ledger has no フリガナ of the person to compare with


def check_claim_day(case: RefundCase, claimed_on: date, acting: Acting) -> None:
    """Refuse a day no claim can have come on.

    Raises `OperatorFault` `claim_before_notice`: the paper is the notice's second sheet and cannot come before it;
    `claim_to_come`; `refund_lapsed` (法18条の3).
    """
    if case.notified_on is not None and claimed_on < case.notified_on:
        raise OperatorFault(
            "claim_before_notice", "the claim is dated before its notice was sent: look at the day on the paper again"
        )
    if claimed_on > day_in_japan(acting.now):
        raise OperatorFault("claim_to_come", "the day of the claim is still to come: enter the day it was received")
    if case.lapse_on is not None and claimed_on > case.lapse_on:
        raise OperatorFault("refund_lapsed", "the right to this refund lapsed before the claim came (法18条の3)")


def holder_of(connection: psycopg.Connection, municipality_code: str, addressee_number: str, holder: str) -> Holder:
    """Compare a 口座名義 (全銀カナ) with the person's フリガナ or Latin name, under every number, without spaces."""
    rows = connection.execute(
        "SELECT kana, name FROM taxpayer WHERE municipality_code = %s AND addressee_number = ANY(%s)",
        [municipality_code, list(numbers_of(connection, municipality_code, addressee_number))],
    ).fetchall()
    known = {spelt for row in rows for name in row if (spelt := _spelt(name))}
    if not known:
        return Holder.UNKNOWN
    return Holder.SAME if _spelt(holder) in known else Holder.DIFFERS


def check_holder(
    connection: psycopg.Connection, municipality_code: str, addressee_number: str, holder: str, *, confirmed: str
) -> None:
    """Refuse another's account, unless it was `confirmed` with a reason: `OperatorFault` `holder_differs`."""
    if confirmed.strip():
        return
    if holder_of(connection, municipality_code, addressee_number, holder) is Holder.DIFFERS:
        raise OperatorFault(
            "holder_differs", "the account is not in the person's name: look at the paper, confirm it with a reason"
        )


def _spelt(name: str) -> str:
    """Spell a name as banks do, without spaces; empty where it has no such spelling (漢字)."""
    try:
        return to_zengin(name).replace(" ", "")
    except OperatorFault:
        return ""
