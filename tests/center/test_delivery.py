"""Print results on their way to the wards: a ward that is silent holds up neither kiosks nor other wards."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import msgspec
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from tests.center.bench import ANSWERS, CITY, NOON, Ward, issue_once, opened, post, result
from tests.center.cards import card_authority
from tests.center.papers import backs

from kofu.center import app as center_app
from kofu.center.app import Center, build
from kofu.center.neighbours import Neighbours
from kofu.contracts.issuing import ErrorBody, PrintOutcome
from kofu.platform.serve import PEER

pytestmark = [pytest.mark.storage, pytest.mark.font]
OTHER_CITY = "131041"


class SilentAtTheEnd(Ward):
    """Issues, but takes no print result until told: the line stays open and nothing comes back."""

    def __init__(self) -> None:
        super().__init__()
        self.tries = 0
        self.speaks = asyncio.Event()
        self.instead: httpx.Response | None = None

    async def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/print-results":
            self.tries += 1
            if self.instead is not None:
                return self.instead
            if not self.speaks.is_set():
                await asyncio.sleep(0.2)
                raise httpx.ReadTimeout("silent")
        return self(request)


def run(url: str, scenario):
    """Run the centre with two wards, one silent about print results; nothing sweeps unless the scenario does."""

    async def go():
        silent, other = SilentAtTheEnd(), Ward()

        async def line(request: httpx.Request) -> httpx.Response:
            return await silent.handle(request) if request.url.host == "silent" else other(request)

        # one connection only: whoever held it while a ward is silent would stop everything
        pool = AsyncConnectionPool(url, min_size=1, max_size=1, open=False, timeout=2, kwargs={"autocommit": True})
        neighbours = Neighbours(
            client=httpx.AsyncClient(transport=httpx.MockTransport(line)),
            routes={CITY: "https://silent", OTHER_CITY: "https://other"},
            validity="https://other",
        )
        center = Center(
            pool=pool, neighbours=neighbours, clock=lambda: NOON, backs=backs(), cards=card_authority(), record=ANSWERS
        )
        app = build(center)

        async def named(scope, receive, send):
            await app(scope | {"extensions": {PEER: "kiosk-0001"}}, receive, send)

        await pool.open()
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(named), base_url="https://center") as kiosk:
                return await asyncio.wait_for(scenario(kiosk, center, silent, other), 30)
        finally:
            await pool.close()

    return asyncio.run(go())


def waiting_of(url: str) -> list[tuple[str, int]]:
    """Give the results no ward has yet: last failure and tries."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT last_failure, attempts FROM center_print_report WHERE delivered_at IS NULL"
        ).fetchall()


@pytest.fixture
def url(system_database) -> str:
    return system_database("center").app_url


async def printed(kiosk: httpx.AsyncClient, number: int) -> None:
    session, _ = await issue_once(kiosk, number)
    answer = await post(kiosk, f"/v1/sessions/{session}/print-result", result(number))
    assert answer.status_code == 204
    assert (await kiosk.delete(f"/v1/sessions/{session}")).status_code == 204


def test_a_silent_ward_is_asked_once_a_round_and_everything_reaches_it_in_the_end(url) -> None:
    """A round would otherwise last as long as all its time-outs together, and no serial would be erased meanwhile."""

    async def scenario(kiosk, center, silent, _):
        for number in range(1, 6):
            await printed(kiosk, number)
        silent.tries = 0
        await center.deliver_waiting()
        tries = silent.tries
        unreached = waiting_of(url)
        silent.speaks.set()
        await center.deliver_waiting()
        return tries, unreached, silent.results

    tries, unreached, results = run(url, scenario)
    assert tries == 1
    assert unreached == [("ward_timeout", 2)] * 5
    assert sorted(arrived.request_id for arrived in results) == [f"{number:032x}" for number in range(1, 6)]
    assert waiting_of(url) == []


def test_other_wards_get_theirs_in_the_same_round_and_the_database_is_free(url) -> None:
    async def scenario(kiosk, center, silent, other):
        await printed(kiosk, 1)
        other.deliverable = False
        session = (await opened(kiosk, municipality_code=OTHER_CITY)).json()["session_id"]
        asked = {"request_id": f"{2:032x}", "kind": "taxation", "fiscal_year": 2026, "copies": 1}
        assert (await post(kiosk, f"/v1/sessions/{session}/certificate", msgspec.json.encode(asked))).is_success
        assert (await post(kiosk, f"/v1/sessions/{session}/print-result", result(2))).status_code == 204
        other.deliverable = True
        round_ = asyncio.create_task(center.deliver_waiting())
        await asyncio.sleep(0.05)
        assert (await kiosk.get("/healthz")).status_code == 200
        over, arrived = round_.done(), [one.request_id for one in other.results]
        await round_
        return over, arrived

    assert run(url, scenario) == (False, [f"{2:032x}"])


def test_the_kiosk_has_its_answer_before_the_ward_is_asked(url) -> None:
    """A resident stands before the printing screen: the ward's time-outs are none of theirs."""

    async def scenario(kiosk, center, silent, _):
        session, _issued = await issue_once(kiosk)
        app = build(center)
        tries_at_answer: list[int] = []
        body = msgspec.json.encode(result(outcome=PrintOutcome.PRINTED))

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            if message["type"] == "http.response.body" and not message.get("more_body"):
                tries_at_answer.append(silent.tries)

        path = f"/v1/sessions/{session}/print-result"
        scope = {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [], "root_path": "", "extensions": {PEER: "kiosk-0001"},
        }  # fmt: skip
        await app(scope, receive, send)
        return tries_at_answer, silent.tries

    assert run(url, scenario) == ([0], 1)


def test_a_broken_database_after_the_answer_is_logged_by_its_kind_alone(url, monkeypatch, capsys) -> None:
    """The result is stored already; the sweeper brings it later."""

    async def broken(*_):
        raise psycopg.OperationalError("a row with words in it")

    async def scenario(kiosk, *_):
        session, _issued = await issue_once(kiosk)
        monkeypatch.setattr(center_app.store, "waiting", broken)
        return (await post(kiosk, f"/v1/sessions/{session}/print-result", result())).status_code

    assert run(url, scenario) == 204
    said = capsys.readouterr()
    assert "OperationalError" in said.out + said.err
    assert "a row with words" not in said.out + said.err
    assert waiting_of(url) == [("", 0)]


def test_the_sweeper_outlives_whatever_happens_in_a_round(url, monkeypatch, capsys) -> None:
    """A sweeper that died would say nothing, and keep serials and print results for ever."""

    async def scenario(kiosk, center, silent, _):
        rounds = 0
        end_expired = center_app.store.end_expired

        async def surprising(*arguments):
            nonlocal rounds
            rounds += 1
            if rounds == 1:
                raise LookupError("words of a person")
            return await end_expired(*arguments)

        await issue_once(kiosk)
        silent.speaks.set()
        monkeypatch.setattr(center_app, "SWEEP_SECONDS", 0.01)
        monkeypatch.setattr(center_app.store, "end_expired", surprising)
        center.clock = lambda: NOON + timedelta(minutes=13)
        sweeper = asyncio.create_task(center.sweep_for_ever())
        for _ in range(200):
            if silent.results:
                break
            await asyncio.sleep(0.02)
        sweeper.cancel()
        await asyncio.gather(sweeper, return_exceptions=True)
        return [one.outcome for one in silent.results]

    assert run(url, scenario) == [PrintOutcome.UNKNOWN]
    said = capsys.readouterr()
    assert "LookupError" in said.out + said.err
    assert "words of a person" not in said.out + said.err


def test_a_round_that_drags_on_is_left_so_that_serials_are_erased(url, monkeypatch) -> None:
    async def scenario(kiosk, center, silent, _):
        async def dragging(*_):
            await asyncio.sleep(60)

        await issue_once(kiosk)
        monkeypatch.setattr(center_app, "SWEEP_SECONDS", 0.01)
        monkeypatch.setattr(center_app, "ROUND_SECONDS_MAX", 0.05)
        monkeypatch.setattr(Center, "deliver_waiting", dragging)
        sweeper = asyncio.create_task(center.sweep_for_ever())
        await asyncio.sleep(0.1)
        center.clock = lambda: NOON + timedelta(minutes=13)
        await asyncio.sleep(0.3)
        sweeper.cancel()
        await asyncio.gather(sweeper, return_exceptions=True)

    run(url, scenario)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT serial FROM center_session").fetchall() == [(None,)]


def test_a_ward_that_fails_is_asked_again_and_one_that_contradicts_is_not(url) -> None:
    """Only the ward's own word that it has the result, or a case because of it, ends the trying."""

    async def scenario(kiosk, center, silent, _):
        await printed(kiosk, 901)
        busy = ErrorBody(code="not_now", blame="ours", message="later")
        unwanted = ErrorBody(code="peer_not_allowed", blame="peer", message="no")
        for status, said in ((502, b"<html>a proxy"), (503, busy), (403, unwanted)):
            body = said if isinstance(said, bytes) else msgspec.json.encode(said)
            silent.instead = httpx.Response(status, content=body)
            await center.deliver_waiting()
            assert len(waiting_of(url)) == 1
        conflict = ErrorBody(code="print_contradiction", blame="peer", message="a case")
        silent.instead = httpx.Response(409, content=msgspec.json.encode(conflict))
        await center.deliver_waiting()
        assert waiting_of(url) == []

    run(url, scenario)
