"""未納なし of a person, from the balances of every claim there is on them."""

from __future__ import annotations

from datetime import date

import psycopg

from kofu.ledger.addressees import numbers_of
from kofu.ledger.domain.no_arrears import Arrears, Owed, arrears_on


def arrears_of(connection: psycopg.Connection, municipality_code: str, addressee_number: str, on: date) -> Arrears:
    """Read what a person owes that could have been paid by a day: all numbers, years and taxes, in one statement."""
    rows = connection.execute(
        # after 期限の延長 (法20条の5の2) the later day is the 納期限; greatest() passes over what there is none of
        "SELECT claim.id, greatest(claim.due_date, (SELECT max(until) FROM arrears_event AS event"
        " WHERE event.claim_id = claim.id AND happening = 'extended'"
        " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id))),"
        " due, interest_due, collection_method,"
        " coalesce((SELECT sum(amount)::bigint FROM claim_increase AS more WHERE more.claim_id = claim.id"
        " AND more.due_date >= %s), 0) FROM notice"
        " JOIN claim ON claim.notice_id = notice.id"
        " JOIN claim_balance ON claim_balance.claim_id = claim.id"
        " WHERE municipality_code = %s AND addressee_number = ANY(%s) AND (due > 0 OR interest_due > 0)"
        " ORDER BY claim.due_date, claim.id",
        [on, municipality_code, list(numbers_of(connection, municipality_code, addressee_number))],
    )
    return arrears_on((Owed(*row) for row in rows), on)
