"""What a 督促 run keeps of its list: read as values, written with the keys and words the database has."""

from __future__ import annotations

import json
from datetime import date

from kofu.ledger.arrears.domain.dunning import Dunned, NotDunned
from kofu.ledger.arrears.kept_runs import (
    FallenOut,
    fallen_from_json,
    fallen_to_json,
    lines_from_json,
    lines_to_json,
    reach_from_json,
)
from kofu.ledger.books.domain.claims import Channel

LINES = [{"claim_id": 7, "due_date": "2026-06-30", "due": 27000, "late": False, "covered_to": "2026-07-14"}]
FALLEN = [
    {"claim_id": 7, "due_date": "2026-06-30", "why": "received"},
    {"claim_id": 8, "due_date": "2026-06-30", "why": "taken_out", "reason": "分納の相談中", "by": "k.sato"},
]


def test_a_kept_list_is_read_as_values_and_written_as_it_was() -> None:
    lines = lines_from_json(LINES)
    assert lines == (
        Dunned(claim_id=7, due_date=date(2026, 6, 30), due=27000, late=False, covered_to=date(2026, 7, 14)),
    )
    assert json.loads(json.dumps(lines_to_json(lines))) == LINES


def test_what_fell_out_keeps_whose_words_it_was_only_where_there_are_some() -> None:
    fallen = fallen_from_json(FALLEN)
    assert fallen[0] == FallenOut(7, date(2026, 6, 30), NotDunned.RECEIVED)
    assert fallen[1].by == "k.sato"
    assert json.loads(json.dumps(fallen_to_json(fallen))) == FALLEN


def test_how_far_channels_reached_is_read_by_channel() -> None:
    kept = [{"channel": "convenience", "to": "2026-07-14", "missing": ["2026-07-20"]}]
    (found,) = reach_from_json(kept)
    assert (found.channel, found.missing) == (Channel.CONVENIENCE, (date(2026, 7, 20),))
