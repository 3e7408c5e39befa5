"""The ledger judges its feed before it leaves, by the rules the receiver has."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from kofu.contracts.feed_tables import COLLECTIONS
from kofu.core.errors import OurFault
from kofu.judgement.findings import Severity
from kofu.judgement.rows import RowRule, broken_rows
from kofu.judgement.words import rule_text
from kofu.ledger.feed.judge_night import NightJudge

DAY = date(2026, 11, 20)


def rules(severity: Severity):
    rule = RowRule(
        name="vehicle_tax_above_limit",
        severity=severity,
        column=None,
        sentence="",
        broken=pl.col("assessed_total").cast(pl.Int64) > 100,
    )
    return lambda table, frame, _day: broken_rows([rule], frame) if table is COLLECTIONS else ()


def line(total: int, change: str = "put") -> bytes:
    cells = dict.fromkeys(COLLECTIONS.column_names, "") | {"change": change, "assessed_total": str(total)}
    return ",".join(cells.values()).encode() + b"\n"


def test_a_row_that_can_never_be_fails_the_night_with_file_line_and_count() -> None:
    judge = NightJudge(DAY, rules(Severity.HARD))
    judge.look(COLLECTIONS, line(1) * 3)
    judge.look(COLLECTIONS, line(1) + line(999) * 2)
    with pytest.raises(OurFault, match="nothing was sent") as raised:
        judge.require_sound()
    assert raised.value.code == "judged vehicle_tax_above_limit collections.csv:6 2"
    assert len(raised.value.code) <= 64
    assert rule_text("vehicle_tax_above_limit") == "軽自動車税があり得る税率を超える"


@pytest.mark.parametrize("severity", [Severity.ROW_HELD, Severity.WARNING])
def test_what_may_be_leaves_and_is_held_or_counted_where_it_arrives(severity) -> None:
    judge = NightJudge(DAY, rules(severity))
    judge.look(COLLECTIONS, line(999))
    judge.require_sound()


def test_of_a_removal_nothing_is_judged() -> None:
    judge = NightJudge(DAY, rules(Severity.HARD))
    judge.look(COLLECTIONS, line(999, change="remove"))
    judge.require_sound()
