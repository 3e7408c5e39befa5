"""Printing a screen goes on record like looking at it does.

Every page carries signed words about its own visit (screen, persons by pseudonym, purpose). The page's script hands
them back before the print button prints, and does not print where they could not be recorded; for the browser's own
print command it hands them back as the dialog opens. So it is known what is on paper: by whom, when, about whom.
"""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.http import require_POST

from kofu.staff.actions import staff_action
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.work import StaffVisit, visit_of

SALT = "kofu.staff.print"
PAGE_SECONDS_MAX = 12 * 3600
PERSON = "person.print"
#: A screen whose own action is the right to print it: the answer to the person it is about.
PRINTED_BY_ITS_ACTION = {"staff:person_record": "audit.person"}


def words_of(visit: StaffVisit) -> str:
    """Sign what a page is about, for its own print button."""
    words = {"by": visit.actor.login, "screen": visit.screen, "persons": list(visit.persons), "purpose": visit.purpose}
    return signing.dumps(words, salt=SALT, compress=True)


@require_POST
def _printed(request: HttpRequest) -> HttpResponse:
    """Record that a page was printed, in the name of who is logged in; refuse words that are not a page's own."""
    visit = visit_of(request)
    try:
        words = signing.loads(request.POST.get("page", ""), salt=SALT, max_age=PAGE_SECONDS_MAX)
    except signing.BadSignature:
        return HttpResponseBadRequest("not the words of a page")
    if words["by"] != visit.actor.login:
        return HttpResponseBadRequest("another person's page")
    visit.persons.update(dict.fromkeys(words["persons"]))
    visit.purpose = words["purpose"]
    visit.detail["page"] = words["screen"]
    if words["persons"] and not _may_print_persons(visit.actor.role, words["screen"]):
        visit.result = "refused"
        return HttpResponse(status=HTTPStatus.FORBIDDEN)
    visit.result = "printed"
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _may_print_persons(role: str, screen: str) -> bool:
    """Say whether a role may print a page about a person, where the system has such pages."""
    here = settings.KOFU_SYSTEM
    if screen in PRINTED_BY_ITS_ACTION:
        return PERMISSIONS.allows(role, PRINTED_BY_ITS_ACTION[screen], here)
    return here not in PERMISSIONS.action(PERSON).systems or PERMISSIONS.allows(role, PERSON, here)


printed = staff_action("page.print")(_printed)
