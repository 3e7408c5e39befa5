"""Where 期別 stand, as papers name them: tax, year, notice, 期."""

from __future__ import annotations

import psycopg

from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.papers.domain.paper_words import ClaimPlace


def places_of(connection: psycopg.Connection, claim_ids: set[int]) -> dict[int, ClaimPlace]:
    """Read where 期別 stand, by their number in the books."""
    rows = connection.execute(
        "SELECT claim.id, tax, fiscal_year, origin_year, collection_method, notice_number, installment"
        " FROM claim JOIN notice ON notice.id = notice_id WHERE claim.id = ANY(%s)",
        [sorted(claim_ids)],
    )
    return {
        claim_id: ClaimPlace(
            tax=Tax(tax),
            fiscal_year=year,
            origin_year=origin,
            collection_method=method,
            notice_number=number,
            installment=installment,
        )
        for claim_id, tax, year, origin, method, number, installment in rows
    }
