"""People whose names need a drawn character."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from tests.certificates.drawings import PRIVATE, TSUJI

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.glyphs.domain.states import GlyphEvent as E
from kofu.ledger.glyphs.glyphs import (
    GlyphSet,
    ProposedGlyph,
    code_points_of,
    decide_glyph,
    propose_glyph,
)

WARD = "139998"
CLERK = Acting("clerk", "test", datetime(2026, 11, 20, 3, tzinfo=UTC))
CHIEF = replace(CLERK, actor="chief")
PEOPLE = {"000000000000001": TSUJI + "　太郎", "000000000000002": PRIVATE + "野　花子", "000000000000003": "辻　次郎"}
TSUJIS, PRIVATES, PLAIN = PEOPLE


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    database = system_database("ledger")
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.cursor().executemany(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected) VALUES (%s, %s, %s, '', '', '', '', '', '', 'resident', false)",
            [(WARD, number, name) for number, name in PEOPLE.items()],
        )
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def put_in(
    connection: psycopg.Connection, cluster: str, svg: bytes, *persons: str, acting: Acting = CLERK, **changes: object
) -> UUID:
    proposed = ProposedGlyph(
        code_points=code_points_of(cluster),
        svg=svg,
        evidence="戸籍全部事項証明書の写し（令和8年11月18日、第2葉）",
        document_number="8見税収第123号",
        document_sha256="",
        persons=persons,
    )
    return propose_glyph(
        connection,
        WARD,
        replace(proposed, **changes),  # type: ignore[arg-type] # names of its fields
        drawn_by_font=lambda one: one in {"辻", "野"},
        acting=acting,
    )


def decide(
    connection: psycopg.Connection, registration: UUID, event: E, acting: Acting = CHIEF, reason: str = "原票を確認"
) -> GlyphSet | None:
    return decide_glyph(connection, WARD, registration, event, reason=reason, acting=acting)
