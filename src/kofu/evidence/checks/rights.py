"""Looks at the permission table this process goes by."""

from __future__ import annotations

from kofu.evidence.domain.standing import EvidenceFinding, broken, holds
from kofu.evidence.ground import EvidenceGround
from kofu.staff.permissions import EVERYBODY, Action

#: Who keeps the machines running, and must see nobody (委託先は提供という形態を取らない).
MAINTENANCE = ("administrator", "maintenance_worker", "contractor")
#: Actions on a person beside those that ask for a purpose; a held row of a feed stands with its 宛名番号.
ABOUT_PERSONS = ("person.", "representative.", "slip.", "addressee.", "certificate.issue", "paper.", "row.")
#: A search shows whom it found, and is on record as a search; opening one of them asks what for.
OPENS, SEARCHES = "person.", "person.search"
#: What one proposes and another decides.
PAIRS = (
    ("overpayment.propose", "overpayment.approve"),
    ("waiver.propose", "waiver.approve"),
    ("writeoff.propose", "writeoff.approve"),
    ("payment.correct", "payment.approve"),
    ("dunning.make", "dunning.approve"),
    ("rate.propose", "rate.approve"),
)


def _may(action: Action, role: str) -> bool:
    return EVERYBODY in action.roles or role in action.roles


def maintenance_sees_nobody(ground: EvidenceGround) -> EvidenceFinding:
    """No role of maintenance has an action on a person."""
    actions = [
        action
        for action in ground.permissions.of_system(ground.system)
        if action.purpose or action.code.startswith(ABOUT_PERSONS)
    ]
    open_to = sorted({action.label for action in actions for role in MAINTENANCE if _may(action, role)})
    if open_to:
        return broken(f"管理者か保守の役割に、個人に関わる操作があります：{'、'.join(open_to)}。")
    return holds(f"個人に関わる操作 {len(actions)} は、どれも管理者と保守の役割にありません。")


def _opens(action: Action) -> bool:
    return action.code.startswith(OPENS) and action.code != SEARCHES


def look_ups_ask_purpose(ground: EvidenceGround) -> EvidenceFinding:
    """Whoever looks a person up says what for."""
    actions = [one for one in ground.permissions.of_system(ground.system) if _opens(one)]
    silent = [action.label for action in actions if not action.purpose]
    if silent or not actions:
        return broken(f"目的を尋ねずに個人の記録を開く操作があります：{'、'.join(silent)}。")
    return holds(f"個人の記録を開く操作 {len(actions)} は、どれも目的を尋ねます。")


def two_people(ground: EvidenceGround) -> EvidenceFinding:
    """No role does both halves of a decision about money."""
    table = ground.permissions
    both = [
        table.action(decided).label
        for role in table.roles
        for proposed, decided in PAIRS
        if _may(table.action(proposed), role.code) and _may(table.action(decided), role.code)
    ]
    if both:
        return broken(f"一つの役割で起案も決裁もできます：{'、'.join(sorted(set(both)))}。")
    return holds(f"起案と決裁 {len(PAIRS)} 組は、どれも別の役割です。")
