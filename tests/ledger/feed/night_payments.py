"""Payments between one night and the next."""

from __future__ import annotations

from tests.ledger.feeding import opened

from kofu.platform.postgres import SystemDatabase


def pay_something(database: SystemDatabase) -> str:
    """Raise what is paid of one 期別 by one yen, as a payment would; give its notice."""
    with opened(database) as connection:
        row = connection.execute(
            "UPDATE claim_balance SET paid = paid + 1 WHERE claim_id = (SELECT min(claim_id) FROM claim_balance"
            " WHERE due > 0) RETURNING claim_id"
        ).fetchone()
        assert row
        found = connection.execute(
            "SELECT notice_number FROM notice JOIN claim ON notice_id = notice.id WHERE claim.id = %s", [row[0]]
        ).fetchone()
        assert found
        return str(found[0])
