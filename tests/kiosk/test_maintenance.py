"""保守モード: by password only, and without a word about any resident."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.kiosk.doubles import Clock, FakeCenter, desk_of
from tests.kiosk.touching import Browser, hidden, screen_of, touch

from kofu.core.errors import OperatorFault
from kofu.kiosk import maintenance
from kofu.kiosk.app import build
from kofu.kiosk.maintenance import IDLE_SECONDS_MAX, LOCKED_SECONDS, TRIES_MAX, hash_password, password_is
from kofu.kiosk.visit import Visits

PASSWORD = "hoshu-in dake ga shiru 8 ji"
HASH = hash_password(PASSWORD, b"0123456789abcdef")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def desk(clock, tmp_path):
    return desk_of(FakeCenter(), clock, tmp_path)


@pytest.fixture
def app(desk, clock):
    return build(desk, Visits(clock), HASH)


@pytest.fixture
def worker(app):
    return Browser(app)


def enter(worker, password=PASSWORD):
    return worker.post("/maintenance", data={"password": password})


def act(worker, name, **fields):
    token = hidden(worker.get("/maintenance").text, "token")
    return worker.post("/maintenance", data={"token": token, "act": name} | fields)


def test_a_password_is_stored_as_its_hash_alone() -> None:
    assert password_is(PASSWORD, HASH)
    assert not password_is(PASSWORD + " ", HASH)
    assert PASSWORD not in HASH
    assert hash_password(PASSWORD, b"f" * 16) != HASH


@pytest.mark.parametrize("stored", ["md5:00:00", "scrypt:xyz:00", "plain", ":"])
def test_a_hash_that_is_none_is_refused_by_name(stored) -> None:
    with pytest.raises(OperatorFault, match="KOFU_KIOSK_PASSWORD_HASH"):
        password_is(PASSWORD, stored)


def test_without_a_hash_in_the_configuration_there_is_no_maintenance_mode(desk, clock) -> None:
    browser = Browser(build(desk, Visits(clock)))
    assert browser.get("/maintenance").status_code == 404
    assert enter(browser, "").status_code == 404


def test_the_state_is_shown_to_who_knows_the_password_and_to_nobody_else(app, worker) -> None:
    assert screen_of(worker.get("/maintenance").text) == "maintenance_login"
    assert enter(worker, "wrong").status_code == 403
    assert screen_of(enter(worker).text) == "maintenance"
    assert "250 枚" in worker.get("/maintenance").text
    assert screen_of(Browser(app).get("/maintenance").text) == "maintenance_login"


def test_the_state_names_no_resident(app, worker, clock) -> None:
    resident = Browser(app)
    touch(resident, "start")
    touch(resident, "card", "0")
    enter(worker)
    page = worker.get("/maintenance").text
    assert "1 件" in page
    for secret in ("甲", "a1", "1234"):
        assert f">{secret}<" not in page


def test_paper_is_loaded_and_the_kiosk_taken_out_of_service_and_back(app, worker, desk) -> None:
    enter(worker)
    assert "120 枚" in act(worker, "paper", sheets="120").text
    assert "休止中" in act(worker, "out_of_service").text
    assert screen_of(Browser(app).get("/").text) == "out_of_service"
    assert "提供中" in act(worker, "in_service").text
    assert screen_of(Browser(app).get("/").text) == "welcome"
    assert desk.machine.note.sheets == 120


@pytest.mark.parametrize("sheets", ["", "-1", "501", "１０", "ten"])
def test_a_number_that_is_no_number_of_sheets_changes_nothing(worker, desk, sheets) -> None:
    enter(worker)
    assert act(worker, "paper", sheets=sheets).status_code == 400
    assert desk.machine.note.sheets == 250


def test_an_act_needs_the_pages_own_token(worker, desk) -> None:
    enter(worker)
    answer = worker.post("/maintenance", data={"token": "x", "act": "out_of_service"})
    assert answer.status_code == 400
    assert desk.machine.note.in_service
    assert act(worker, "explode").status_code == 400


def test_the_mode_ends_by_leaving_and_by_itself(worker, clock) -> None:
    enter(worker)
    assert screen_of(act(worker, "leave").text) == "welcome"
    assert screen_of(worker.get("/maintenance").text) == "maintenance_login"
    enter(worker)
    clock.seconds += IDLE_SECONDS_MAX + 1
    assert screen_of(worker.get("/maintenance").text) == "maintenance_login"


def test_five_wrong_passwords_close_the_door_for_a_while(worker, clock) -> None:
    for _ in range(TRIES_MAX):
        enter(worker, "wrong")
    assert enter(worker).status_code == 403
    clock.seconds += LOCKED_SECONDS
    assert screen_of(enter(worker).text) == "maintenance"


GUESSES = 30


def guess_at_once(door, monkeypatch, *, all_meet_seconds):
    """Guess wrong thirty times at once; how many guesses were compared with the password.

    Each comparison waits for the other twenty-nine, as long as it is told.
    """
    met = threading.Barrier(GUESSES)
    compared = []

    def compare(password, _stored):
        compared.append(password)
        with contextlib.suppress(threading.BrokenBarrierError):
            met.wait(all_meet_seconds)
        return False

    monkeypatch.setattr(maintenance, "password_is", compare)
    with ThreadPoolExecutor(GUESSES) as pool:
        answers = list(pool.map(door._enter, [f"guess {number}" for number in range(GUESSES)]))
    assert {answer.status_code for answer in answers} == {403}
    return len(compared)


def test_of_thirty_guesses_at_once_five_are_looked_at(desk, clock, monkeypatch) -> None:
    door = maintenance.Maintenance(desk, Visits(clock), HASH)
    assert guess_at_once(door, monkeypatch, all_meet_seconds=0.1) == TRIES_MAX


def test_with_the_door_open_all_thirty_would_be(desk, clock, monkeypatch) -> None:
    """The twin: the guesses do meet, and only taking them one after the other counts them in time."""
    door = maintenance.Maintenance(desk, Visits(clock), HASH, _door=contextlib.nullcontext())
    assert guess_at_once(door, monkeypatch, all_meet_seconds=60) == GUESSES
