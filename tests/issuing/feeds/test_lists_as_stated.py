"""The 期別 of a notice in the facts: joined by a bar as the feed states them, in rows of before, too."""

from __future__ import annotations

import psycopg
import pytest
from tests.issuing.feed_maker import WARD
from tests.older_schema import begin_at

from kofu.platform.migrate import migrate

pytestmark = pytest.mark.storage

AS_ARRAYS = """
    INSERT INTO fact_collections (municipality_code, from_generation, to_generation, row_digest, notice_number,
        addressee_number, tax, fiscal_year, origin_year, collection_method, statutory_due_date, plate_number,
        chassis_last4, inspected, installments, due_dates, assessed, paid, assessed_total, paid_total)
    SELECT %s, 1, 2, gen_random_uuid(), notice, '000000000000001', 'resident', 2026, 2026, 'ordinary', '2026-06-30', '',
        '', false, labels::text[], days::date[], assessed::bigint[], paid::bigint[], 1, 1
    FROM (VALUES ('1', '{1,2,随}', '{2026-06-30,2026-08-31,2027-01-04}', '{1000,900,0}', '{1000,0,0}'),
                 ('2', '{01}', '{2026-05-31}', '{10800}', '{0}')) AS row (notice, labels, days, assessed, paid)
"""


def test_lists_that_stood_as_arrays_read_as_a_feed_states_them(system_database):
    database = system_database("issuing")
    begin_at(database, "issuing", "0019")
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(AS_ARRAYS, (WARD,))
    migrate("issuing", database.owner_url)
    with psycopg.connect(database.app_url) as connection:
        stand = connection.execute(
            "SELECT installments, due_dates, assessed, paid FROM fact_collections ORDER BY 1 DESC"
        )
        assert stand.fetchall() == [
            ("1|2|随", "2026-06-30|2026-08-31|2027-01-04", "1000|900|0", "1000|0|0"),
            ("01", "2026-05-31", "10800", "0"),
        ]
