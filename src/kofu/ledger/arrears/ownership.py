"""Whose a claim, an event, a proposal or a list of 督促 is: addresses name them by ids that know no municipality."""

from __future__ import annotations

from uuid import UUID

import psycopg

_OF_CLAIM = "SELECT notice.municipality_code FROM claim JOIN notice ON notice.id = claim.notice_id"
#: What an address calls an id → the municipality it belongs to.
_OWNERS: dict[str, str] = {
    "claim_id": f"{_OF_CLAIM} WHERE claim.id = %s",
    "event_id": f"{_OF_CLAIM} JOIN arrears_event ON arrears_event.claim_id = claim.id WHERE arrears_event.id = %s",
    "decision_id": f"{_OF_CLAIM} JOIN claim_decision AS one ON one.claim_id = claim.id WHERE one.id = %s",
    "run_id": "SELECT municipality_code FROM dunning_run WHERE id = %s",
}
ID_MAX = 2**63 - 1


def is_of(connection: psycopg.Connection, municipality_code: str, name: str, value: int | UUID) -> bool:
    """Whether what an address names (`claim_id`, `event_id`, `decision_id`, `run_id`) is this municipality's."""
    if isinstance(value, int) and value > ID_MAX:
        return False
    row = connection.execute(_OWNERS[name], [value]).fetchone()
    return row is not None and row[0] == municipality_code


def names_owned() -> frozenset[str]:
    """Give the names of ids `is_of` knows."""
    return frozenset(_OWNERS)
