"""The facts a kiosk has of somebody, for tests that know people by 宛名番号: read by a card, as every request is."""

from __future__ import annotations

import psycopg

from kofu.issuing.requests.read_facts import read_facts
from kofu.issuing.requests.subject import SubjectAtGeneration

SERIAL = "f" * 32
NO_CARDS = "CREATE TEMPORARY TABLE fact_card_certificates AS SELECT * FROM public.fact_card_certificates WHERE false"
ONE_CARD = """
INSERT INTO fact_card_certificates
    (municipality_code, serial, addressee_number, device, valid_from, valid_to, status, from_generation, to_generation)
VALUES (%s, %s, %s, 'card', '2020-01-01', '2040-01-01', 'valid', 0, 9223372036854775807)
"""


def facts_of_person(
    connection: psycopg.Connection, municipality_code: str, addressee_number: str, fiscal_year: int
) -> SubjectAtGeneration:
    """Read what `read_facts` reads for a card of theirs: one this connection alone sees, in place of all others."""
    connection.execute(NO_CARDS)
    connection.execute(ONE_CARD, [municipality_code, SERIAL, addressee_number])
    connection.commit()
    try:
        return read_facts(connection, municipality_code=municipality_code, serial=SERIAL, fiscal_year=fiscal_year)
    finally:
        connection.execute("DROP TABLE pg_temp.fact_card_certificates")
        connection.commit()
