"""What the record has about a person, worded for the resident who asks (開示), on the screen and on paper alike."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import msgspec

from kofu.staff.audit_words import OTHER, action_words, result_words
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.read_audit import StoredEntry

SYSTEM = "システム"


class AnsweredLook(msgspec.Struct, frozen=True, kw_only=True):
    """One look or act, as the resident reads it. `others`: how many people were on the same list."""

    at: datetime
    who: str
    office: str
    what: str
    result: str
    purpose: str
    others: int


def answered_looks(
    entries: Iterable[StoredEntry], offices: Mapping[str, str], *, own: Collection[str], by_name: bool
) -> tuple[AnsweredLook, ...]:
    """Word entries by office and role, or with the login where the profile names the staff (`by_name`).

    `offices`: name of each office by its code. `own`: every pseudonym of who asks; one person with two numbers is on a
    list once.
    """
    labels = {action.code: action.label for action in PERMISSIONS.actions}
    roles = {role.code: role.label for role in PERMISSIONS.roles}
    looks = []
    for body in (json.loads(one.body) for one in entries):
        detail = body["detail"]
        who = body["actor"] if by_name else roles.get(str(detail.get("role", "")), "")
        looks.append(
            AnsweredLook(
                at=datetime.fromisoformat(body["occurred_at"]),
                who=who or SYSTEM,
                office=offices.get(str(detail.get("office", "")), ""),
                what=_words_for_resident(body["action"], labels),
                result=result_words(body["result"], body["action"]),
                purpose=PERMISSIONS.purpose_label(str(detail.get("purpose", ""))),
                others=len(set(body.get("subjects", ())) - set(own)),
            )
        )
    return tuple(looks)


def _words_for_resident(action: str, labels: Mapping[str, str]) -> str:
    """Word an action for the resident; only what has no word at all is the system's doing."""
    words, _ = action_words(action, labels)
    return "システムの処理" if words == OTHER else words
