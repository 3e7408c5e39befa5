"""D1, D2: the kiosk repeats its request or its print result; the centre says the same, and only one row stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import msgspec
import psycopg
import pytest
from tests.center.bench import REFERENCE, Bench, asking, code_of, error_body, issue_once, opened, post, result, timeout

from kofu.center import store
from kofu.center.domain.requests import CENTER_REQUEST_LIFE, OutcomeEvent, RequestOutcome
from kofu.center.domain.stops import Stop
from kofu.center.stops import lift_stop, set_stop
from kofu.contracts.issuing import AnsweredBefore, CertificateKind, Issued, PrintOutcome, Refused, Text

pytestmark = [pytest.mark.storage, pytest.mark.font]


@pytest.fixture
def bench(system_database) -> Bench:
    return Bench(system_database("center").app_url)


def rows(bench: Bench) -> list[tuple]:
    return bench.rows("SELECT outcome, print_outcome, copies_printed, fee_paid FROM center_request")


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "one after another"])
def test_a_request_repeated_eight_times_gets_eight_times_the_same_bytes(bench, at_once):
    """D1: one outcome, one row; the print result that follows is taken, fee and statistics say what was printed."""

    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        path = f"/v1/sessions/{session}/certificate"
        if at_once:
            answers = await asyncio.gather(*(post(kiosk, path, asking()) for _ in range(8)))
        else:
            answers = []
            for _ in range(8):
                answers.append(await post(kiosk, path, asking()))
                bench.now += timedelta(seconds=1)
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert answers[0].json()["reference"] == REFERENCE
        done = await post(kiosk, f"/v1/sessions/{session}/print-result", result())
        assert done.status_code == 204

    bench.run(scenario)
    assert rows(bench) == [("issued", "printed", 1, 300)]
    assert len({msgspec.json.encode(asked) for asked in bench.ward.asked}) == 1, (
        "the ward was asked eight times the same"
    )
    assert [told.outcome for told in bench.ward.results] == [PrintOutcome.PRINTED]


def refusing(request) -> httpx.Response:
    text = Text(ja="窓口へ", en="Please ask at the counter")
    refused = Refused(
        request_id=request.request_id, reference=REFERENCE, code="ask_at_counter", resident_text=text, next_step=text
    )
    return httpx.Response(200, content=msgspec.json.encode(refused))


def answered_before(request) -> httpx.Response:
    said = AnsweredBefore(request_id=request.request_id, reference=REFERENCE, code="too_late")
    return httpx.Response(200, content=msgspec.json.encode(said))


def test_a_refusal_repeated_is_the_same_refusal_and_never_a_paper(bench):
    """Also where a faulty ward changed its mind: what was refused once does not leave the centre."""

    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        path = f"/v1/sessions/{session}/certificate"
        bench.ward.answer = refusing
        first, second = [await post(kiosk, path, asking()) for _ in range(2)]
        assert first.content == second.content
        bench.ward.answer = bench.ward.issue
        assert code_of(await post(kiosk, path, asking())) == (409, "answered_before")

    bench.run(scenario)
    assert rows(bench) == [("refused", "", 0, 0)]


@pytest.mark.parametrize(
    ("afterwards", "expected"),
    [
        (error_body, (502, "busy")),
        (timeout, (504, "ward_timeout")),
        (answered_before, (409, "answered_before")),
        (refusing, (502, "ward_contradicts")),
        (lambda _: httpx.Response(500, content=b"oops"), (502, "ward_failed")),
    ],
)
def test_whatever_a_repeat_meets_what_was_handed_over_stays_handed_over(bench, afterwards, expected):
    """D1: the centre's row was overwritten with `failed`, and the print result of a paper that exists was refused."""

    async def scenario(kiosk, _):
        session, first = await issue_once(kiosk)
        assert first.status_code == 200
        bench.ward.answer = afterwards
        assert code_of(await post(kiosk, f"/v1/sessions/{session}/certificate", asking())) == expected
        assert (await post(kiosk, f"/v1/sessions/{session}/print-result", result())).status_code == 204

    bench.run(scenario)
    assert rows(bench) == [("issued", "printed", 1, 300)]


def test_twin_without_the_table_the_centre_denies_a_paper_that_exists(bench, monkeypatch):
    """With the guard off the failure is there to be seen: 409 for the print result of a printed paper."""
    led_to = {OutcomeEvent.ASK: RequestOutcome.ASKED, OutcomeEvent.ISSUE: RequestOutcome.ISSUED}
    everywhere = {(outcome, event): then for outcome in RequestOutcome for event, then in led_to.items()}
    monkeypatch.setattr(store, "CENTER_REQUEST_LIFE", replace(CENTER_REQUEST_LIFE, table=everywhere))
    monkeypatch.setattr(store, "after_failure", lambda _outcome, _unanswered: RequestOutcome.FAILED)

    async def scenario(kiosk, _):
        session, _issued = await issue_once(kiosk)
        bench.ward.answer = error_body
        await post(kiosk, f"/v1/sessions/{session}/certificate", asking())
        response = await post(kiosk, f"/v1/sessions/{session}/print-result", result())
        assert code_of(response) == (409, "nothing_was_issued")

    bench.run(scenario)


def test_a_repeat_after_a_lost_answer_is_issued_with_the_deadline_of_the_first(bench):
    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        path = f"/v1/sessions/{session}/certificate"
        bench.ward.answer = timeout
        assert code_of(await post(kiosk, path, asking())) == (504, "ward_timeout")
        bench.now += timedelta(seconds=10)
        bench.ward.answer = bench.ward.issue
        assert (await post(kiosk, path, asking())).status_code == 200

    bench.run(scenario)
    first, second = bench.ward.asked
    assert first == second
    assert rows(bench)[0][0] == "issued"


def test_the_same_id_with_another_body_is_refused_and_the_ward_makes_a_case_of_it(bench):
    async def scenario(kiosk, _):
        session, _ = await issue_once(kiosk)
        response = await post(kiosk, f"/v1/sessions/{session}/certificate", asking(copies=2))
        assert code_of(response) == (409, "request_id_reused")

    bench.run(scenario)
    assert [asked.copies for asked in bench.ward.asked] == [1, 2]
    assert rows(bench)[0][0] == "issued"


@pytest.mark.parametrize(
    "other",
    [
        {"copies_printed": 5},
        {"fee_paid": 200},
        {"outcome": PrintOutcome.FAILED, "copies_printed": 0},
        {"occurred_at": result().occurred_at - timedelta(seconds=1)},
    ],
)
def test_a_print_result_that_says_otherwise_is_a_contradiction_and_reaches_the_ward_once(bench, other):
    """D2: compared whole. The first word stands in fees, statistics and the statement; the ward gets both."""

    async def scenario(kiosk, center):
        session, _ = await issue_once(kiosk)
        path = f"/v1/sessions/{session}/print-result"
        first, second = result(), msgspec.structs.replace(result(), **other)
        assert (await post(kiosk, path, first)).status_code == 204
        for _ in range(3):
            assert code_of(await post(kiosk, path, second)) == (409, "print_contradiction")
            assert (await post(kiosk, path, first)).status_code == 204
        for _ in range(3):
            await center.deliver_waiting()

    bench.run(scenario)
    assert rows(bench) == [("issued", "printed", 1, 300)]
    assert len(bench.ward.results) == 2
    standing = bench.rows("SELECT standing FROM center_print_report ORDER BY id")
    assert standing == [("accepted",), ("contradiction",)]


def test_a_back_that_fails_for_one_line_takes_nothing_from_the_line_that_had_it(bench, monkeypatch):
    """Two lines at once: one handed the paper over, the other could not add the back."""
    from kofu.core.errors import OurFault

    async def scenario(kiosk, center):
        session, _ = await issue_once(kiosk)

        def broken(*_):
            raise OurFault("no_key", "no key today")

        monkeypatch.setattr(type(center.backs), "add_to", broken)
        response = await post(kiosk, f"/v1/sessions/{session}/certificate", asking())
        assert response.status_code == 500
        assert (await post(kiosk, f"/v1/sessions/{session}/print-result", result())).status_code == 204

    bench.run(scenario)
    assert rows(bench) == [("issued", "printed", 1, 300)]
    assert [told.outcome for told in bench.ward.results] == [PrintOutcome.PRINTED]


def stop_the_kind(bench: Bench, database) -> str:
    """Let staff stop taxation certificates; give the stop's id."""
    stop = Stop(
        stop_id="",
        municipality_code="",
        kind=CertificateKind.TAXATION,
        begins_at=bench.now,
        ends_at=None,
        reason_ja="点検のため休止しています。",
        reason_en="Stopped for an inspection.",
    )
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        return set_stop(connection, stop, by="staff", now=bench.now)


def test_what_a_stop_refused_is_refused_for_ever_in_the_same_words_the_stop_lifted_or_not(system_database):
    database = system_database("center")
    bench = Bench(database.app_url)
    stop_id = stop_the_kind(bench, database)

    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        path = f"/v1/sessions/{session}/certificate"
        first = await asyncio.gather(*(post(kiosk, path, asking()) for _ in range(4)))
        with psycopg.connect(database.owner_url, autocommit=True) as connection:
            lift_stop(connection, stop_id, by="staff", now=bench.now)
        bench.now += timedelta(seconds=1)
        again = await post(kiosk, path, asking())
        assert {answer.content for answer in (*first, again)} == {again.content}
        assert (again.json()["outcome"], again.json()["code"]) == ("refused", "kind_stopped")
        assert (await post(kiosk, path, asking(2))).json()["outcome"] == "issued"

    bench.run(scenario)
    assert [asked.request_id for asked in bench.ward.asked] == [asking(2).request_id]


def test_a_stop_that_comes_after_the_paper_refuses_nothing_that_was_handed_over(system_database):
    database = system_database("center")
    bench = Bench(database.app_url)

    async def scenario(kiosk, _):
        session, _issued = await issue_once(kiosk)
        stop_the_kind(bench, database)
        response = await post(kiosk, f"/v1/sessions/{session}/certificate", asking())
        assert code_of(response) == (503, "kind_stopped")
        assert (await post(kiosk, f"/v1/sessions/{session}/print-result", result())).status_code == 204

    bench.run(scenario)
    assert rows(bench) == [("issued", "printed", 1, 300)]


# askings whose fate is unknown ------------------------------------------------------------------------------------


async def ask_again_and_again(bench: Bench, kiosk, center, *answers) -> None:
    """Ask the same as often as the ward has answers, let the resident leave, and bring what waits to the ward."""
    session = (await opened(kiosk)).json()["session_id"]
    for answer in answers:
        bench.ward.answer = answer
        await post(kiosk, f"/v1/sessions/{session}/certificate", asking())
    await kiosk.delete(f"/v1/sessions/{session}")
    await center.deliver_waiting()


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ((timeout, error_body), [PrintOutcome.UNKNOWN]),
        ((error_body, timeout), [PrintOutcome.UNKNOWN]),
        ((error_body, timeout, error_body), [PrintOutcome.UNKNOWN]),
        ((error_body, error_body), []),
    ],
    ids=["lost, busy", "busy, lost", "busy, lost, busy", "busy, busy"],
)
def test_what_an_earlier_asking_may_have_brought_is_not_forgotten_over_a_busy_ward(bench, answers, told):
    """The ward may have issued to a line that was cut; that it was busy later says nothing of that."""
    bench.run(lambda kiosk, center: ask_again_and_again(bench, kiosk, center, *answers))
    assert [one.outcome for one in bench.ward.results] == told


def test_twin_a_busy_ward_that_stands_for_every_asking_leaves_a_paper_without_an_end(bench, monkeypatch):
    monkeypatch.setattr(store, "after_failure", lambda _outcome, _unanswered: RequestOutcome.FAILED)
    bench.run(lambda kiosk, center: ask_again_and_again(bench, kiosk, center, timeout, error_body))
    assert rows(bench)[0][0] == "failed"
    assert bench.ward.results == []


# too late, and to nobody ------------------------------------------------------------------------------------------


def issue_while_time_passes(bench: Bench, by: timedelta, ticks: float) -> httpx.Response:
    def late(request):
        bench.now += by
        bench.ticks += ticks
        return bench.ward.issue(request)

    async def scenario(kiosk, center):
        bench.ward.answer = late
        _, response = await issue_once(kiosk)
        await center.deliver_waiting()
        return response

    return bench.run(scenario)


@pytest.mark.parametrize(
    ("by", "ticks"),
    [(timedelta(seconds=30), 0.0), (timedelta(hours=-1), 30.0)],
    ids=["by the clock", "by the counter, the clock put back"],
)
def test_a_paper_that_comes_at_the_deadline_does_not_leave_the_centre_and_the_ward_is_told(bench, by, ticks):
    """The ward acknowledges a hold when the time of a paper on its way is over: past it nothing goes on from here."""
    assert code_of(issue_while_time_passes(bench, by, ticks)) == (504, "too_late")
    assert rows(bench) == [("dropped", "failed", 0, 0)]
    assert [one.outcome for one in bench.ward.results] == [PrintOutcome.FAILED]


def test_twin_a_microsecond_earlier_it_leaves(bench):
    just = timedelta(seconds=30) - timedelta(microseconds=1)
    assert issue_while_time_passes(bench, just, 29.9).status_code == 200
    assert rows(bench)[0][0] == "issued"


def test_a_repeat_just_before_the_deadline_brings_no_paper_after_it(bench):
    """The repeat is given seconds to hear what stands; a ward that stood still that long may not use them."""

    def stands_still(request):
        bench.now += timedelta(seconds=2)
        return bench.ward.issue(request)

    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        path = f"/v1/sessions/{session}/certificate"
        bench.ward.answer = timeout
        await post(kiosk, path, asking())
        bench.now += timedelta(seconds=29)
        bench.ward.answer = stands_still
        assert code_of(await post(kiosk, path, asking())) == (504, "too_late")

    bench.run(scenario)
    assert rows(bench)[0][0] == "dropped"


def leave_while_the_ward_works(bench: Bench) -> httpx.Response:
    """Let the resident leave between the question and the ward's answer."""

    async def scenario(kiosk, center):
        session = (await opened(kiosk)).json()["session_id"]

        async def left(request):
            await kiosk.delete(f"/v1/sessions/{session}")
            return bench.ward.issue(request)

        bench.ward.answer = left
        response = await post(kiosk, f"/v1/sessions/{session}/certificate", asking())
        for _ in range(2):
            await center.deliver_waiting()
        return response

    return bench.run(scenario)


def test_a_paper_whose_resident_has_left_does_not_leave_the_centre(bench):
    """The next one stands at the kiosk by now. The ward heard "unknown" at the session's end, then the last word."""
    assert code_of(leave_while_the_ward_works(bench)) == (404, "session_over")
    assert rows(bench) == [("dropped", "failed", 0, 0)]
    assert [one.outcome for one in bench.ward.results] == [PrintOutcome.UNKNOWN, PrintOutcome.FAILED]


def test_twin_where_nobody_looks_at_the_session_the_paper_goes_to_a_kiosk_without_a_resident(bench, monkeypatch):
    async def unguarded(*_words):
        return store.Leaves.YES

    monkeypatch.setattr(store, "note_issued", unguarded)
    assert leave_while_the_ward_works(bench).status_code == 200


# answers that are not what they say -------------------------------------------------------------------------------


def test_two_copies_under_one_number_are_dropped(bench):
    def doubled(request):
        answer = msgspec.json.decode(bench.ward.issue(request).content, type=Issued)
        return httpx.Response(
            200, content=msgspec.json.encode(msgspec.structs.replace(answer, documents=(answer.documents[0],) * 2))
        )

    async def scenario(kiosk, _):
        bench.ward.answer = doubled
        session = (await opened(kiosk)).json()["session_id"]
        response = await post(kiosk, f"/v1/sessions/{session}/certificate", asking(copies=2))
        assert code_of(response) == (502, "repeated_number")

    bench.run(scenario)
    assert rows(bench)[0][0] == "asked"


@pytest.mark.parametrize("kept", [0, 1, 400, -1], ids=["nothing", "a byte", "within a paper", "all but a byte"])
def test_an_answer_that_breaks_off_is_no_paper_and_its_repeat_is_whole(bench, kept):
    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        path = f"/v1/sessions/{session}/certificate"
        bench.ward.answer = lambda request: httpx.Response(200, content=bench.ward.issue(request).content[:kept])
        assert code_of(await post(kiosk, path, asking())) == (502, "unreadable_answer")
        bench.ward.answer = bench.ward.issue
        assert (await post(kiosk, path, asking())).json()["outcome"] == "issued"

    bench.run(scenario)
    assert rows(bench)[0][0] == "issued"


def test_a_centre_restored_from_an_older_backup_brings_the_kiosks_word_to_the_ward(system_database):
    """It knows of no paper it handed over; the kiosk printed one and took the money. Counted here it is not."""
    database = system_database("center")
    bench = Bench(database.app_url)

    async def scenario(kiosk, center):
        session, _issued = await issue_once(kiosk)
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            owner.execute("UPDATE center_request SET outcome = 'asked', unanswered = 1")  # as it stood in the backup
        for _ in range(3):
            response = await post(kiosk, f"/v1/sessions/{session}/print-result", result())
            assert code_of(response) == (409, "nothing_was_issued")
        await center.deliver_waiting()

    bench.run(scenario)
    assert rows(bench) == [("asked", "", 0, 0)]
    assert [(one.outcome, one.fee_paid) for one in bench.ward.results] == [(PrintOutcome.PRINTED, 300)]
