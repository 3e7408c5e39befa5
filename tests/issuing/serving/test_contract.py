"""The issuing system keeps to its own published contract, whatever is sent: generated from the OpenAPI document."""

from __future__ import annotations

import pytest
from psycopg_pool import ConnectionPool
from tests.issuing.world import World, people
from tests.openapi_attack import asked_by_peers, attack

from kofu.contracts.openapi import ISSUING
from kofu.issuing.serving.gateway import create_app
from kofu.issuing.serving.workers import Workers, WorkerSlot

pytestmark = [pytest.mark.storage, pytest.mark.font]
EXAMPLES = 20


# psycopg's pool draws its waits from `random` in a thread of its own, whatever Hypothesis is drawing meanwhile
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
def test_every_answer_is_one_the_contract_names(system_database, tmp_path, press) -> None:
    world = World(system_database("issuing"), tmp_path)
    residents, cards, assessments = people(3)
    world.load_residents(residents, cards)
    world.load_tax(assessments)

    def open_workers() -> Workers:
        pool = ConnectionPool(world.database.app_url, min_size=1, max_size=1, kwargs={"autocommit": True}, open=True)
        return Workers(pool, (WorkerSlot(world.issuer(press, lane="attacked")),), watch=None)

    app = create_app(open_workers)
    with asked_by_peers(app, ISSUING) as ask:
        published = ask(method="GET", url="/v1/openapi.json").json()
        attacked = attack(published, ask, examples=EXAMPLES)
    assert attacked == len(ISSUING.operations)
