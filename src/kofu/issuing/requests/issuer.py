"""What an issuing worker works with: profile, clock, press. Built at start; nothing of any request is ever in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kofu.certificates.domain.refusals import Reason
from kofu.certificates.domain.standing import UndrawableCharacter
from kofu.certificates.maker import Maker
from kofu.core.profile import Profile
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.requests.domain.release_rules import TimeLimit, is_over
from kofu.issuing.requests.domain.technical import Technical
from kofu.issuing.requests.journal_store import JournalRequest
from kofu.platform.pseudonym import Pseudonyms


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """What an issuing worker works with. Built at start, never changed, holding nothing of any request.

    `undrawable` checks named texts against the font's tables; `make` renders and looks; `not_certifiable` says which
    errors of making are about the request (a text too long), not about us, and what to tell.
    """

    profile: Profile
    acting: Acting
    pseudonyms: Pseudonyms
    make: Maker
    undrawable: Callable[[tuple[tuple[str, str], ...]], tuple[UndrawableCharacter, ...]]
    not_certifiable: tuple[tuple[type[Exception], Technical | Reason], ...]

    def is_late(self, limit: TimeLimit) -> bool:
        """Whether nothing may leave any more, at this moment. Every look at the time on the way out is this one."""
        return is_over(limit, self.acting.clock(), self.acting.ticks())


def audit_detail(stored: JournalRequest) -> dict[str, str | int]:
    """Give what audit entries say of a request: never whose it is."""
    return {
        "request": stored.request_id,
        "kiosk": stored.kiosk_id,
        "kind": stored.kind,
        "fiscal_year": stored.fiscal_year,
    }
