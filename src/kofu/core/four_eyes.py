"""Four eyes (四眼, 二人による決裁): who proposes does not decide, and whoever changes something says why.

The one decision behind every proposal, 決裁, 差戻し, 取下げ and sign-off, whatever is decided. What an account proposed
or signed and nobody has decided lapses when its password and second factor are taken away (a reset: who made it may not
have been its owner), when the account ends (a leaver answers no question about it any more), and when it gets another
role (nobody carries a proposal of theirs over to where it is decided). Stable codes, which screens word:
`second_person_needed`, `not_the_proposer`, `reason_needed`, `reason_long`, `proposal_lapsed`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from kofu.core.errors import OperatorFault

#: Characters of a reason: what the tables keep of one, whole.
REASON_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class PendingProposal:
    """What waits for a second person: `by` whom (a login), and since when (aware). `by` is "" where nobody has."""

    by: str
    at: datetime


def same_person(one: str, other: str) -> bool:
    """Whether two logins name the same person: a space, a width or a capital makes nobody a second person."""
    return person_key(one) == person_key(other)


def person_key(login: str) -> str:
    """Give a login as people are told apart by it."""
    return "".join(unicodedata.normalize("NFKC", login).split()).casefold()


def require_second_person(by: str, *before: str, what: str) -> None:
    """Let only another person decide than those who acted `before`: who proposed, received, entered or signed.

    `what`: what is decided, such as "a refund". Nobody is no second person.

    Raises `OperatorFault` `second_person_needed`.
    """
    if not person_key(by) or any(same_person(by, one) for one in before):
        raise OperatorFault(
            "second_person_needed", f"{what}: who proposed or entered it cannot decide it; another does"
        )


def require_not_lapsed(lapsed_at: datetime | None, *, what: str) -> None:
    """Let only what its proposer's account stands behind be approved; sending it back is open to others still.

    `lapsed_at`: when that account was first reset, ended or given another role since it was proposed; None where it
    was not. Raises `OperatorFault` `proposal_lapsed`.
    """
    if lapsed_at is not None:
        raise OperatorFault(
            "proposal_lapsed",
            f"{what}: the account that proposed it was reset, ended or given another role since, so it lapsed;"
            " send it back and propose it anew",
        )


def require_proposer(by: str, proposed_by: str, *, what: str) -> None:
    """Let only who proposed it take it back (取下げ). Raises `OperatorFault` `not_the_proposer`."""
    if not same_person(by, proposed_by):
        raise OperatorFault("not_the_proposer", f"{what}: only who proposed it withdraws it; another sends it back")


def require_reason(
    reason: str, hint: str = "say why; it stays on record", *, length_max: int = REASON_LENGTH_MAX
) -> str:
    """Give the reason without the space around it, whole: cut, it would say something else to who decides.

    Raises `OperatorFault` `reason_needed`, saying `hint`, where nothing is left; `reason_long`.
    """
    words = reason.strip()
    if not words:
        raise OperatorFault("reason_needed", hint)
    if len(words) > length_max:
        raise OperatorFault("reason_long", f"{len(words)} characters; at most {length_max} are kept: say it shorter")
    return words
