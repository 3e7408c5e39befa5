"""A change of an account (アカウントの変更): what one administrator proposes and another confirms, as a table.

::

    proposed ── another administrator confirms ──► in_force ── the owner has read of it ──► known
        ├ send_back ─► sent_back
        ├ withdraw ─► withdrawn
        └ lapse ─► lapsed   (whoever proposed it was reset or changed themselves, or the account ended meanwhile)
"""

from __future__ import annotations

from kofu.core.four_eyes import same_person
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle

ADMINISTRATOR = "administrator"


class AccountChangeKind(LabelledEnum):
    """What is changed."""

    CREATE = "create", "作成"
    CHANGE = "change", "変更"  # name, office, role, days; taking an account into use again is one
    RESET = "reset", "初期化"


class AccountChangeState(LabelledEnum):
    """Where a change stands."""

    PROPOSED = "proposed", "確認待ち"
    IN_FORCE = "in_force", "実施済・本人未確認"
    KNOWN = "known", "実施済・本人確認済"
    SENT_BACK = "sent_back", "差戻し"
    WITHDRAWN = "withdrawn", "取下げ"
    LAPSED = "lapsed", "失効"


class AccountChangeEvent(LabelledEnum):
    """What happens to it."""

    CONFIRM = "confirm", "二人目の確認"
    SEND_BACK = "send_back", "差戻し"
    WITHDRAW = "withdraw", "取下げ"
    LAPSE = "lapse", "失効"
    ACKNOWLEDGE = "acknowledge", "本人の確認"


ACCOUNT_CHANGE_LIFE = LifeCycle(
    title="アカウントの変更",
    thing="a change of an account",
    reason="account_change_state",
    states=AccountChangeState,
    events=AccountChangeEvent,
    begins=frozenset({AccountChangeState.PROPOSED}),
    ends=frozenset(
        {
            AccountChangeState.KNOWN,
            AccountChangeState.SENT_BACK,
            AccountChangeState.WITHDRAWN,
            AccountChangeState.LAPSED,
        }
    ),
    table={
        (AccountChangeState.PROPOSED, AccountChangeEvent.CONFIRM): AccountChangeState.IN_FORCE,
        (AccountChangeState.PROPOSED, AccountChangeEvent.SEND_BACK): AccountChangeState.SENT_BACK,
        (AccountChangeState.PROPOSED, AccountChangeEvent.WITHDRAW): AccountChangeState.WITHDRAWN,
        (AccountChangeState.PROPOSED, AccountChangeEvent.LAPSE): AccountChangeState.LAPSED,
        (AccountChangeState.IN_FORCE, AccountChangeEvent.ACKNOWLEDGE): AccountChangeState.KNOWN,
    },
)


def ends_standing(kind: AccountChangeKind, *, same_role: bool, in_use_before: bool, in_use_after: bool) -> bool:
    """Whether what the account proposed or signed and nobody has decided lapses by a change of it.

    By a reset: who had it may not have been its owner. By another role: who proposed as a clerk would approve as a
    係長 what they know as their own. By an end, and by being taken into use again, for what lapsed stays so. A name,
    an office or a later last day leaves what waits as it is.
    """
    if kind is AccountChangeKind.CREATE:
        return False
    return kind is AccountChangeKind.RESET or not same_role or not in_use_before or not in_use_after


def owner_may_confirm(kind: AccountChangeKind, role: str, administrators: frozenset[str], *, apart: set[str]) -> bool:
    """Whether the owner of the database may stand in for the second administrator: there is none left who could.

    Only to make an administrator, or to reset one: of two administrators one who lost the device would be locked out
    for ever. `role`: of the account; `administrators`: every login that is one today; `apart`: the logins that cannot
    confirm it, who proposed it and whose account it is.
    """
    left = [login for login in administrators if not any(same_person(login, one) for one in apart)]
    return kind is not AccountChangeKind.CHANGE and role == ADMINISTRATOR and not left
