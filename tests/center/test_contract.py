"""The centre keeps to its own published contract, whatever is sent: generated from the OpenAPI document itself."""

from __future__ import annotations

import asyncio

import httpx
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from psycopg_pool import AsyncConnectionPool
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.center.bench import ANSWERS, CITY, NOON, Ward
from tests.center.cards import card_authority, opening
from tests.center.papers import backs

from kofu.center.app import Center, build
from kofu.center.neighbours import Neighbours
from kofu.contracts.center import AskChallenge, Challenge
from kofu.platform.serve import PEER

pytestmark = [pytest.mark.storage, pytest.mark.font]
EXAMPLES = 20


@pytest.fixture(scope="module")
def ask(system_database):
    """Ask the centre as a kiosk does, one question after another."""

    async def named(scope, receive, send):
        await app(scope | {"extensions": {PEER: "kiosk-0001"}}, receive, send)

    async def asking(**asked) -> httpx.Response:
        transport = httpx.ASGITransport(named, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://center") as client:
            return await client.request(**asked)

    with asyncio.Runner() as runner:
        pool = AsyncConnectionPool(
            system_database("center").app_url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True}
        )
        runner.run(pool.open())
        line = httpx.AsyncClient(transport=httpx.MockTransport(Ward()))
        neighbours = Neighbours(client=line, routes={CITY: "https://ward"}, validity="https://registry")
        app = build(
            Center(
                pool=pool,
                neighbours=neighbours,
                clock=lambda: NOON,
                backs=backs(),
                cards=card_authority(),
                record=ANSWERS,
            )
        )
        yield lambda **asked: runner.run(asking(**asked))
        runner.run(pool.close())


def test_every_answer_is_one_the_contract_names(ask) -> None:
    schema = schemathesis.openapi.from_dict(ask(method="GET", url="/v1/openapi.json").json())
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 6
    wanted = AskChallenge(kiosk_id="kiosk-0001", municipality_code=CITY)
    challenge = msgspec.json.decode(
        ask(method="POST", url="/v1/challenges", content=msgspec.json.encode(wanted)).content, type=Challenge
    )
    begin = opening(challenge, kiosk="kiosk-0001", municipality=CITY)
    session = ask(method="POST", url="/v1/sessions", content=msgspec.json.encode(begin)).json()["session_id"]
    for operation in operations:

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy(), in_the_session=booleans())
        def keeps_to_it(case, in_the_session) -> None:
            if in_the_session and case.method == "POST" and "session_id" in case.path_parameters:
                case.path_parameters["session_id"] = session
            asked = case.as_transport_kwargs(base_url="https://center")
            asked.pop("cookies", None)
            answer = ask(**asked)
            assert answer.status_code != 500
            # JSON Schema takes 2026.0 for an integer; the centre does not
            case.validate_response(answer, excluded_checks=[positive_data_acceptance])

        keeps_to_it()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("certificate", {"request_id": "1" * 32, "kind": "taxation", "fiscal_year": 2026, "copies": 98_411}),
        ("certificate", {"request_id": "1" * 32, "kind": "taxation", "fiscal_year": 2026, "copies": 0}),
        ("print-result", {"request_id": "1" * 32, "outcome": "printed", "copies_printed": 1, "fee_paid": 2**40,
                          "occurred_at": "2026-11-24T03:00:00Z"}),
        ("print-result", {"request_id": "1" * 32, "outcome": "printed", "copies_printed": 1, "fee_paid": 200,
                          "occurred_at": "2026-11-24T03:00:00"}),
    ],
    ids=["too many copies", "no copy", "an absurd fee", "a time of nowhere"],
)  # fmt: skip
def test_a_number_no_kiosk_can_mean_is_refused_by_the_contract(ask, path, message) -> None:
    answer = ask(method="POST", url=f"/v1/sessions/{'0' * 32}/{path}", json=message)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_of_the_contract")


def test_what_cannot_be_a_session_is_none(ask) -> None:
    """A NUL in the path is no text to PostgreSQL; it is asked nothing."""
    asked = {"request_id": "1" * 32, "kind": "taxation", "fiscal_year": 2026, "copies": 1}
    answer = ask(method="POST", url="/v1/sessions/%00/certificate", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (404, "session_over")
    assert ask(method="DELETE", url="/v1/sessions/%00").status_code == 204
