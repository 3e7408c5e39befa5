"""The registry keeps to its own published contract, whatever is sent: generated from the OpenAPI document itself."""

from __future__ import annotations

import pytest
from tests.center.cards import authority
from tests.openapi_attack import asked_by_peers, attack

from kofu.contracts.openapi import REGISTRY, document
from kofu.registry.app import create_app

pytestmark = pytest.mark.storage
EXAMPLES = 20


def test_every_answer_is_one_the_contract_names(system_database) -> None:
    app = create_app(system_database("registry").app_url, authority=authority(), specimens=True)
    with asked_by_peers(app, REGISTRY) as ask:
        attacked = attack(document(REGISTRY), ask, examples=EXAMPLES)
    assert attacked == len(REGISTRY.operations)
