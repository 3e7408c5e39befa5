"""Money that reached us and is not at its claim yet: in a file that is not posted, in a left-out row, in 仮受."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from kofu.ledger.payments.batches import ROWS_LEFT_OUT

_KEYS = f"""
SELECT paid.notice_number, paid.installment FROM batch JOIN batch_row AS paid ON paid.batch_id = batch.id
WHERE batch.municipality_code = %(code)s AND NOT batch.state IN ('posted', 'rejected')
    AND paid.event IN ('pay', 'advise') AND paid.notice_number <> ''
    AND NOT EXISTS (SELECT FROM batch_row AS voiding WHERE voiding.batch_id = batch.id AND voiding.voids = paid.line)
UNION
SELECT paid.notice_number, paid.installment FROM batch_problem AS problem JOIN batch ON batch.id = problem.batch_id
JOIN batch_row AS paid ON paid.batch_id = batch.id AND paid.line = problem.line
WHERE batch.municipality_code = %(code)s
    AND {ROWS_LEFT_OUT} AND problem.cleared_at IS NULL
    AND paid.event = 'pay' AND paid.notice_number <> ''
UNION
SELECT payment.notice_number, payment.installment FROM payment_balance JOIN payment ON payment.id = payment_id
WHERE payment.municipality_code = %(code)s AND payment_balance.suspense > 0 AND payment.notice_number <> ''
"""


def claims_with_money_on_the_way(
    connection: psycopg.Connection, municipality_code: str, claims: Iterable[tuple[int, str, str]]
) -> set[int]:
    """Give those of the claims (id, 通知書番号, 期別) that money on its way is meant for.

    What names a 期別 that is none of these (paid already, or mistyped) can go to any other of its notice.
    """
    by_notice: dict[str, dict[str, int]] = {}
    for claim_id, notice_number, installment in claims:
        by_notice.setdefault(notice_number, {})[installment] = claim_id
    found: set[int] = set()
    for notice_number, installment in connection.execute(_KEYS, {"code": municipality_code}):
        of_notice = by_notice.get(notice_number, {})
        found.update([of_notice[installment]] if installment in of_notice else of_notice.values())
    return found
