"""Sessions end by themselves, are limited in number, and nothing is served where something is stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import msgspec
import psycopg
import pytest
from tests.center.bench import CITY, NOON, Bench, Ward, asking, code_of, issue_once, opened, post, result

from kofu.center import store
from kofu.center.domain.stops import Level, Stop
from kofu.center.stops import entered_stops, lift_stop, set_stop
from kofu.contracts.issuing import CertificateKind, Menu, MenuKind, MenuYear, PrintOutcome, Text
from kofu.core.errors import OperatorFault

pytestmark = [pytest.mark.storage, pytest.mark.font]
LABEL = Text(ja="証明書", en="Certificate")
STOP = Stop(
    stop_id="",
    municipality_code="",
    kind=None,
    begins_at=NOON - timedelta(hours=1),
    ends_at=NOON + timedelta(hours=1),
    reason_ja="保守のため休止しています。",
    reason_en="Closed for maintenance.",
)


class WardWithMenu(Ward):
    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/menu"):
            return super().__call__(request)
        years = (MenuYear(fiscal_year=2026, label="令和8年度", income_label="令和7年中の所得"),)
        kinds = tuple(
            MenuKind(kind=kind, label=LABEL, fee=200, years=years)
            for kind in (CertificateKind.TAXATION, CertificateKind.PAYMENT)
        )
        menu = Menu(
            municipality_code=CITY, municipality_name="見本区", open=True, closed_text=None, kinds=kinds, max_copies=3
        )
        return httpx.Response(200, content=msgspec.json.encode(menu))


@pytest.fixture
def database(system_database):
    return system_database("center")


@pytest.fixture
def bench(database) -> Bench:
    made = Bench(database.app_url)
    made.ward = WardWithMenu()
    return made


def enter(database, stop: Stop) -> str:
    with psycopg.connect(database.owner_url) as connection:
        return set_stop(connection, stop, by="staff", now=NOON)


def test_an_idle_session_is_over_and_a_used_one_goes_on_until_its_absolute_end(bench):
    async def scenario(kiosk, center):
        idle, used = [(await opened(kiosk)).json()["session_id"] for _ in range(2)]
        passed = timedelta()
        while passed + timedelta(minutes=10) < timedelta(minutes=center.session_minutes):
            passed += timedelta(minutes=10)
            bench.now = NOON + passed
            number = passed // timedelta(minutes=10)
            answer = await post(kiosk, f"/v1/sessions/{used}/certificate", asking(number))
            assert answer.status_code == 200
        assert code_of(await post(kiosk, f"/v1/sessions/{idle}/certificate", asking(99))) == (404, "session_over")
        bench.now = NOON + timedelta(minutes=center.session_minutes)
        assert code_of(await post(kiosk, f"/v1/sessions/{used}/certificate", asking(98))) == (404, "session_over")

    bench.run(scenario)


def test_the_sweeper_erases_the_serial_of_an_idle_session(bench):
    async def scenario(kiosk, center):
        await opened(kiosk)
        async with center.pool.connection() as connection:
            assert await store.end_expired(connection, NOON + store.IDLE_MAX - timedelta(seconds=1)) == 0
            assert await store.end_expired(connection, NOON + store.IDLE_MAX) == 1

    bench.run(scenario)
    assert bench.rows("SELECT serial FROM center_session") == [(None,)]


def test_all_kiosks_together_have_a_limited_number_of_sessions(bench, monkeypatch):
    monkeypatch.setattr(store, "OPEN_MAX", 3)

    async def scenario(kiosk, _):
        for number in (1, 2, 3):
            bench.kiosk = f"kiosk-000{number}"
            assert (await opened(kiosk, kiosk_id=bench.kiosk)).status_code == 200
        bench.kiosk = "kiosk-0004"
        assert code_of(await opened(kiosk, kiosk_id=bench.kiosk)) == (429, "too_many_sessions")

    bench.run(scenario)


def test_a_word_that_comes_after_unknown_reaches_the_ward_too_and_only_once(bench):
    """The ward's journal lets a late, definite word end the not-knowing; the case stays."""

    async def scenario(kiosk, center):
        session, _ = await issue_once(kiosk)
        bench.now += timedelta(minutes=13)
        async with center.pool.connection() as connection:
            await store.end_expired(connection, bench.now)
        for _ in range(3):
            said = await post(kiosk, f"/v1/sessions/{session}/print-result", result(outcome=PrintOutcome.PRINTED))
            assert said.status_code == 204
        for _ in range(2):
            await center.deliver_waiting()

    bench.run(scenario)
    assert [told.outcome for told in bench.ward.results] == [PrintOutcome.UNKNOWN, PrintOutcome.PRINTED]


def test_a_kiosk_with_a_wrong_clock_cannot_put_a_paper_into_another_month(bench):
    async def scenario(kiosk, _):
        for number, hours in ((1, -24 * 40), (2, 24 * 40)):
            session, _ = await issue_once(kiosk, number)
            told = msgspec.structs.replace(result(number), occurred_at=NOON + timedelta(hours=hours))
            await post(kiosk, f"/v1/sessions/{session}/print-result", told)

    bench.run(scenario)
    assert [told.occurred_at for told in bench.ward.results] == [NOON, NOON]


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (STOP, "center_stopped"),
        (replace(STOP, municipality_code=CITY, ends_at=None), "municipality_stopped"),
    ],
)
def test_a_stop_of_the_centre_or_the_municipality_opens_no_session_and_says_why(bench, database, stop, code):
    stop_id = enter(database, stop)

    async def scenario(kiosk, _):
        assert code_of(await opened(kiosk)) == (503, code)
        menu = msgspec.json.decode((await kiosk.get(f"/v1/municipalities/{CITY}/menu")).content, type=Menu)
        assert (menu.open, menu.kinds, menu.closed_text) == (False, (), Text(ja=STOP.reason_ja, en=STOP.reason_en))
        with psycopg.connect(database.owner_url) as connection:
            lift_stop(connection, stop_id, by="staff", now=NOON)
        assert (await opened(kiosk)).status_code == 200

    bench.run(scenario)


def test_a_stop_of_another_municipality_or_another_time_stops_nothing_here(bench, database):
    enter(database, replace(STOP, municipality_code="131041"))
    enter(database, replace(STOP, begins_at=NOON + timedelta(minutes=1)))

    async def scenario(kiosk, _):
        assert (await opened(kiosk)).status_code == 200

    bench.run(scenario)


def test_a_stopped_kind_is_not_on_the_menu_and_refused_before_the_ward_is_asked(bench, database):
    enter(database, replace(STOP, municipality_code=CITY, kind=CertificateKind.TAXATION))

    async def scenario(kiosk, _):
        menu = msgspec.json.decode((await kiosk.get(f"/v1/municipalities/{CITY}/menu")).content, type=Menu)
        assert [kind.kind for kind in menu.kinds] == [CertificateKind.PAYMENT]
        _, answer = await issue_once(kiosk)
        said = answer.json()
        assert (said["outcome"], said["code"]) == ("refused", "kind_stopped")
        assert said["resident_text"]["ja"] == STOP.reason_ja

    bench.run(scenario)
    assert bench.ward.asked == []


def test_a_stop_that_is_over_or_has_no_words_is_not_taken(database):
    with psycopg.connect(database.owner_url) as connection:
        for wrong in (replace(STOP, ends_at=NOON), replace(STOP, reason_en="")):
            with pytest.raises(OperatorFault):
                set_stop(connection, wrong, by="staff", now=NOON)
        with pytest.raises(OperatorFault):
            lift_stop(connection, "f" * 32, by="staff", now=NOON)


def test_the_calendar_knows_the_stops_that_touch_a_month_and_who_set_them(database):
    enter(database, replace(STOP, kind=CertificateKind.INCOME))
    with psycopg.connect(database.owner_url) as connection:
        (entered,) = entered_stops(connection, NOON, NOON + timedelta(days=30))
        assert (entered.stop.level, entered.set_by, entered.lifted_by) == (Level.KIND, "staff", "")
        assert entered_stops(connection, NOON + timedelta(hours=1), NOON + timedelta(days=30)) == []


def test_the_running_centre_can_neither_enter_nor_lift_a_stop(database):
    with psycopg.connect(database.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        set_stop(connection, STOP, by="centre", now=NOON)
