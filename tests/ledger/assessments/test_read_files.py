"""What was wrong in a received file, as it stands in the database, is read as values."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from kofu.ledger.assessments.domain.assessments import AssessmentProblem
from kofu.ledger.assessments.read_files import file_of, files_of
from kofu.ledger.assessments.register_assessments import KIND

pytestmark = pytest.mark.storage

WARD = "139998"
FILE = UUID(int=1)
PROBLEM = {"line": 3, "field": "通知書番号", "code": "notice_unknown", "message": "not in the ledger"}


def test_what_was_wrong_in_a_file_of_before_is_read_as_values(system_database) -> None:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO received_file (id, municipality_code, kind, name, sha256, content, rows, total, problems,"
            " bad_rows, state, received_by, received_at, decided_by, decision_reason)"
            " VALUES (%s, %s, %s, 'a.csv', %s, '', 1, 0, %s, 1, 'held', 'clerk', %s, '', '')",
            [FILE, WARD, KIND, "0" * 64, Jsonb([PROBLEM]), datetime(2026, 6, 1, tzinfo=UTC)],
        )
        file = file_of(connection, WARD, [KIND], FILE)
        assert file is not None
        assert file.problems == (AssessmentProblem(3, "通知書番号", "notice_unknown", "not in the ledger"),)
        assert files_of(connection, WARD, [KIND]) == [file]
