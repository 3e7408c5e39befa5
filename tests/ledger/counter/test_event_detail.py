"""What an event of the counter keeps: read as values, written with the keys and words the database has."""

from __future__ import annotations

import json

import msgspec
import pytest

from kofu.ledger.counter.domain.states import CounterEvent
from kofu.ledger.counter.event_detail import IssueDetail, PrintDetail, detail_from_json, detail_to_json

#: `counter_event.detail` as it stands in the database, by event, with the value it is.
KEPT = [
    ("print", {"position": 2, "sha256": "ab" * 32}, PrintDetail(2, "ab" * 32)),
    ("issue", {"copies": 1, "refused": {"2024": "no_assessment"}}, IssueDetail(1, {"2024": "no_assessment"})),
    ("issue", {"copies": 1, "refused": {}}, IssueDetail(1, {})),
    ("hand_over", {}, None),
]


@pytest.mark.parametrize(("event", "kept", "detail"), KEPT)
def test_what_an_event_keeps_is_read_as_values_and_written_as_it_was(event, kept, detail) -> None:
    assert detail_from_json(event, kept) == detail
    assert json.loads(json.dumps(detail_to_json(detail))) == kept


def test_every_other_event_keeps_nothing() -> None:
    others = set(CounterEvent) - {CounterEvent.PRINT, CounterEvent.ISSUE}
    assert {detail_from_json(event.value, {}) for event in others} == {None}


def test_a_print_that_does_not_say_of_which_copy_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="position"):
        detail_from_json("print", {})
