"""People named for the papers of 還付."""

from __future__ import annotations

import psycopg
from tests.ledger.overpayments.refunds import WARD


def named(connection: psycopg.Connection, person: str, *, status: str = "resident", protected: bool = False) -> None:
    connection.execute(
        "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
        " postal_code, address, status, protected) VALUES (%s, %s, '見本 渡邉󠄏 太郎', '', '', '', '', '1600000',"
        " '東京都見本区青葉台一丁目２番３号', %s, %s)",
        [WARD, person, status, protected],
    )
