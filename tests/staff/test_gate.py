"""The gate: in order, the first that fails answers; nothing is shown that is not in the record."""

from __future__ import annotations

import re
import sys
from datetime import date
from types import ModuleType

import psycopg
import pytest

from kofu.core.errors import OurFault

pytestmark = pytest.mark.storage

PERSON = "000000000000017"


@pytest.fixture(scope="module")
def screens(ledger_screens):
    """The ledger's screens, and beside them some of the test's own."""
    from django.http import HttpRequest, HttpResponse
    from django.shortcuts import render
    from django.urls import include, path

    from kofu.ledger.web.urls import topics, urlpatterns
    from kofu.staff.actions import staff_action
    from kofu.staff.work import concerns, note

    @staff_action("person.view", person="number")
    def person(request: HttpRequest, number: str) -> HttpResponse:
        return HttpResponse(f"everything about {number}")

    @staff_action("person.view", person="number")
    def shown(request: HttpRequest, number: str) -> HttpResponse:
        return render(request, "staff/csrf.html")

    @staff_action("person.search")
    def search(request: HttpRequest) -> HttpResponse:
        concerns(request, "000000000000025")
        concerns(request, "000000000000033")
        note(request, rows=2)
        return HttpResponse("two people")

    def undeclared(request: HttpRequest) -> HttpResponse:
        return HttpResponse("never seen")

    module = ModuleType("tests_gate_urls")
    module.topics = topics
    module.urlpatterns = [
        *urlpatterns,
        path(
            "try/",
            include(
                (
                    [
                        path("person/<str:number>/", person, name="person"),
                        path("shown/<str:number>/", shown, name="shown"),
                        path("search/", search, name="search"),
                        path("undeclared/", undeclared, name="undeclared"),
                    ],
                    "try",
                )
            ),
        ),
    ]
    sys.modules[module.__name__] = module
    from django.test import override_settings

    with override_settings(ROOT_URLCONF=module.__name__, KOFU_PERSON_OF=""):  # persons of the test are in no ledger
        yield ledger_screens
    del sys.modules[module.__name__]


def heading(answer) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.content.decode())
    return found.group(1) if found else ""


def test_without_an_account_every_screen_leads_to_the_login(screens):
    from django.test import Client

    answer = Client().get("/try/search/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/account/login/?next=%2Ftry%2Fsearch%2F"


def test_without_a_second_factor_only_its_registration_opens(screens):
    """A session that began by password alone has nothing but the way to a second factor."""
    client = screens.client("clerk")
    session = client.session
    del session["staff_second_factor"]
    session.save()
    answer = client.get("/try/search/")
    assert answer.headers["Location"] == "/account/own/code/"
    assert client.get("/staff/permissions/").headers["Location"] == "/account/own/code/"
    assert client.get("/account/own/password/").headers["Location"] == "/account/own/code/"


def test_an_initial_password_must_be_changed_first(screens):
    from kofu.staff.models import StaffAccount

    client = screens.client("clerk", login="newcomer")
    StaffAccount.objects.filter(login="newcomer").update(password_is_initial=True)
    assert client.get("/").headers["Location"] == "/account/own/password/"
    assert heading(client.get("/account/own/password/")) == "パスワードの変更"


def test_an_account_whose_days_are_over_is_out_at_its_next_click(screens):
    """異動・退職: the last day is asked at every request, not at login."""
    from kofu.staff.models import StaffAccount

    client = screens.client("clerk", login="leaver")
    assert client.get("/").status_code == 200
    StaffAccount.objects.filter(login="leaver").update(active_to=date(2021, 3, 31))
    assert client.get("/").headers["Location"].startswith("/account/login/")


def test_a_role_that_may_not_is_refused_and_the_refusal_is_recorded(screens):
    client = screens.client("administrator", login="admin-refused")
    answer = client.get("/try/search/")
    assert answer.status_code == 403
    assert heading(answer) == "権限がありません"
    assert "two people" not in answer.content.decode()
    action, result, person, detail = screens.entries("admin-refused")[-1]
    assert (action, result, person) == ("person.search", "refused", None)
    assert detail["role"] == "administrator"
    assert detail["screen"] == "try:search"


def test_a_screen_that_declares_nothing_is_a_defect_that_shows_nothing(screens):
    with pytest.raises(OurFault, match="declares no action"):
        screens.client("clerk").get("/try/undeclared/")


def test_a_person_is_shown_after_the_purpose_was_given_once(screens, settings):
    """The purpose is asked once per person and session, and stands in every entry about the person."""
    settings.KOFU_PERSON_OF = ""  # the trial's addresses carry the number itself
    client = screens.client("clerk", login="purposeful")
    asked = client.get(f"/try/person/{PERSON}/")
    assert asked.headers["Location"] == "/staff/purpose/"
    page = client.get("/staff/purpose/")
    assert heading(page) == "照会の目的"
    assert client.post("/staff/purpose/", {}).status_code == 200  # nothing chosen: asked again
    given = client.post("/staff/purpose/", {"purpose": "consultation"})
    assert given.headers["Location"] == f"/try/person/{PERSON}/"
    assert client.get(f"/try/person/{PERSON}/").content.decode() == f"everything about {PERSON}"
    assert client.get(f"/try/person/{PERSON}/").status_code == 200
    about = [entry for entry in screens.entries("purposeful") if entry[0] == "person.view"]
    assert [result for _, result, _, _ in about] == ["purpose_asked", "shown", "shown"]
    assert [detail.get("purpose") for *_, detail in about] == [None, "consultation", "consultation"]
    assert len({person for _, _, person, _ in about}) == 1
    other = client.get("/try/person/000000000000041/")
    assert other.headers["Location"] == "/staff/purpose/"


def test_the_record_names_a_person_by_pseudonym_alone(screens):
    """Personal data never stands in the log: neither the number nor the address that carries it."""
    client = screens.client("clerk", login="searcher")
    client.get("/try/search/")
    (people,) = [people for action, people in screens.people_of("searcher") if action == "person.search"]
    assert len(people) == 2, "one entry, with everybody on the list"
    assert all(re.fullmatch(r"[0-9a-f]{32}", person) for person in people)
    assert screens.entries("searcher")[-1][3]["rows"] == 2
    assert "0000000000000" not in str(screens.entries())


def test_nothing_is_shown_where_the_record_cannot_be_written(screens):
    """P3, P10: the answer leaves only after its entry is durable."""
    client = screens.client("clerk", login="unlucky")
    with psycopg.connect(screens.database.owner_url, autocommit=True) as owner:
        owner.execute("REVOKE EXECUTE ON FUNCTION audit_append(text, text) FROM kofu_ledger")
        try:
            answer = client.get("/try/search/")
        finally:
            owner.execute("GRANT EXECUTE ON FUNCTION audit_append(text, text) TO kofu_ledger")
    assert answer.status_code == 503
    assert "two people" not in answer.content.decode()
    assert "表示できません" in answer.content.decode()
    assert client.get("/try/search/").status_code == 200


def test_every_answer_forbids_keeping_it_and_foreign_or_inline_scripts(screens):
    client = screens.client("clerk")
    for address in ("/", "/account/own/", "/try/search/", "/nowhere/"):
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "no-store", address
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_address_with_a_nul_in_it_is_the_senders_fault(screens):
    """PostgreSQL's text holds none (documentation, 8.3): a search for one would end as a fault of ours."""
    clerk = screens.client("clerk")
    for address in ("/?q=%00", "/?q=a%00b", "/staff/a%00b/"):
        answer = clerk.get(address)
        assert (answer.status_code, answer.content.decode()) == (400, "アドレスを読み取れません。")


def test_a_form_without_its_token_is_refused(screens):
    from django.test import Client

    client = screens.client("clerk")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    answer = strict.post("/staff/purpose/", {"purpose": "consultation"})
    assert answer.status_code == 403
    assert heading(answer) == "もう一度お願いします"


def test_a_session_ends_after_a_working_day_however_busy_it_was(screens):
    client = screens.client("clerk")
    assert client.get("/").status_code == 200
    session = client.session
    session["staff_session_began"] -= 11 * 3600
    session.save()
    assert client.get("/").headers["Location"].startswith("/account/login/")


def test_a_session_nobody_uses_ends_after_half_an_hour(screens):
    from datetime import UTC, datetime, timedelta

    from django.contrib.sessions.models import Session

    client = screens.client("clerk")
    client.get("/")
    stored = Session.objects.get(session_key=client.session.session_key)
    left = stored.expire_date - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    stored.expire_date = datetime.now(UTC) - timedelta(seconds=1)
    stored.save()
    assert client.get("/").headers["Location"].startswith("/account/login/")


def print_words(page: str) -> str:
    return re.search(r'data-print-words="([^"]+)"', page).group(1)


def test_a_printed_page_is_recorded_with_the_person_it_shows(screens):
    """What is on paper is known: by whom, when, about whom, for which purpose."""
    client = screens.client("clerk", login="printer")
    client.get(f"/try/shown/{PERSON}/")
    client.post("/staff/purpose/", {"purpose": "refund"})
    page = client.get(f"/try/shown/{PERSON}/").content.decode()
    assert client.post("/staff/printed/", {"page": print_words(page)}).status_code == 204
    viewed = [entry for entry in screens.entries("printer") if entry[0] == "person.view"][-1]
    action, result, person, detail = screens.entries("printer")[-1]
    assert (action, result, person) == ("page.print", "printed", viewed[2])
    assert detail["page"] == "try:shown"
    assert detail["purpose"] == "refund"


def test_words_of_another_persons_page_or_none_are_refused(screens):
    """Nobody writes a print into the record in another's name or about a page they did not see."""
    words = print_words(screens.client("clerk", login="seer").get("/staff/permissions/").content.decode())
    other = screens.client("clerk", login="other")
    assert other.post("/staff/printed/", {"page": words}).status_code == 400
    assert other.post("/staff/printed/", {"page": words + "x"}).status_code == 400
    assert other.post("/staff/printed/", {}).status_code == 400
    assert other.get("/staff/printed/").status_code == 405


def test_a_role_that_may_look_but_not_print_is_refused_the_paper(screens):
    client = screens.client("certificate_operator", login="looker")
    client.get(f"/try/shown/{PERSON}/")
    client.post("/staff/purpose/", {"purpose": "certificate"})
    page = client.get(f"/try/shown/{PERSON}/").content.decode()
    assert client.post("/staff/printed/", {"page": print_words(page)}).status_code == 403
    action, result, person, _ = screens.entries("looker")[-1]
    assert (action, result) == ("page.print", "refused")
    assert person is not None
    nobody = client.get("/staff/permissions/").content.decode()
    assert client.post("/staff/printed/", {"page": print_words(nobody)}).status_code == 204
