"""特別徴収: who is asked for an installment."""

from __future__ import annotations

import pytest

from kofu.contracts.feed_tables import COLLECTIONS
from kofu.core.errors import InvariantBroken
from kofu.core.kinds import SPECIAL_COLLECTION
from kofu.ledger.books.domain.special_collection import (
    COLLECTOR_OF,
    SPECIAL_METHODS,
    Collector,
    collector_of,
    is_special,
)


@pytest.mark.parametrize(
    ("method", "collector"),
    [
        ("ordinary", Collector.PERSON),
        ("salary", Collector.EMPLOYER),
        ("pension", Collector.PENSION_PAYER),
    ],
)
def test_the_employer_and_the_pension_payer_are_asked_for_what_they_hold_back(method, collector) -> None:
    """地方税法321条の5 (給与), 321条の7の6 (年金)."""
    assert collector_of(method) is collector
    assert is_special(method) is (collector is not Collector.PERSON)


def test_every_way_of_collection_of_a_notice_says_who_is_asked() -> None:
    (methods,) = (column.codes for column in COLLECTIONS.columns if column.name == "collection_method")
    assert COLLECTOR_OF.keys() == methods.keys()
    assert SPECIAL_METHODS == ("salary", "pension")
    assert set(SPECIAL_METHODS) == SPECIAL_COLLECTION  # certificates decide by the same


def test_a_way_of_collection_nobody_knows_is_never_taken_for_the_persons_own() -> None:
    with pytest.raises(InvariantBroken):
        is_special("combined")
