"""Who may do what: one table of data (`permissions.toml`), read once, checked whole.

The table is the only place that says it: screens name an action (`staff_action`), never a role.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import msgspec

from kofu.core.errors import OperatorFault, OurFault

TABLE = Path(__file__).with_name("permissions.toml")
#: The purpose of a look under an emergency access, which the gate gives it.
EMERGENCY, EMERGENCY_LABEL = "emergency", "緊急閲覧"
EVERYBODY = "*"


class Role(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role: stable code, Japanese label, what it is for."""

    code: str
    label: str
    summary: str


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What some actions are about, as the page of the table groups them: code, Japanese label."""

    code: str
    label: str


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something staff do on a screen.

    `section`: what it is about, by code. `systems`: where it exists. `roles`: who may, `*` for all. `purpose`: the
    purpose (照会の目的) is asked first, once per person and session.
    """

    code: str
    label: str
    section: str
    systems: tuple[str, ...]
    roles: tuple[str, ...]
    purpose: bool = False


class LookUpPurpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purpose one may look a person up for."""

    code: str
    label: str


class Permissions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The whole table."""

    format: str
    roles: tuple[Role, ...]
    purposes: tuple[LookUpPurpose, ...]
    sections: tuple[Section, ...]
    actions: tuple[Action, ...]

    @cached_property
    def _actions(self) -> dict[str, Action]:
        return {action.code: action for action in self.actions}

    def purpose_label(self, code: str) -> str:
        """Word a purpose as the record has it; "" where unknown. Nobody chooses 緊急閲覧."""
        labels = {purpose.code: purpose.label for purpose in self.purposes} | {EMERGENCY: EMERGENCY_LABEL}
        return labels.get(code, "")

    def role(self, code: str) -> Role:
        """Find a role. Raises `OurFault` for one the table does not know."""
        for role in self.roles:
            if role.code == code:
                return role
        raise OurFault("no_such_role", f"permissions.toml has no role {code}")

    def action(self, code: str) -> Action:
        """Find an action. Raises `OurFault` for one the table does not know."""
        found = self._actions.get(code)
        if found is None:
            raise OurFault("no_such_action", f"permissions.toml has no action {code}")
        return found

    def allows(self, role: str, action: str, system: str) -> bool:
        """Say whether `role` may do `action` in `system`."""
        found = self.action(action)
        return system in found.systems and self.may(role, found)

    def of_system(self, system: str) -> tuple[Action, ...]:
        """List the actions of a system, in the order of the table."""
        return tuple(action for action in self.actions if system in action.systems)

    def may(self, role: str, action: Action) -> bool:
        """Say whether the table gives `role` an action."""
        return EVERYBODY in action.roles or role in action.roles


def read_permissions(path: Path) -> Permissions:
    """Read and check a table. Raises `OperatorFault` that names the entry which is wrong."""
    try:
        table = msgspec.toml.decode(path.read_bytes(), type=Permissions)
    except msgspec.ValidationError as error:
        raise OperatorFault("bad_permissions", f"{path.name}: {error}") from error
    roles = {role.code for role in table.roles}
    codes = [action.code for action in table.actions]
    for code in codes:
        if codes.count(code) > 1:
            raise OperatorFault("bad_permissions", f"{path.name}: action {code} stands twice")
    sections = {section.code for section in table.sections}
    for action in table.actions:
        if action.section not in sections:
            raise OperatorFault(
                "bad_permissions", f"{path.name}: action {action.code} names an unknown section {action.section}"
            )
        unknown = set(action.roles) - roles - {EVERYBODY}
        if unknown or not action.roles:
            raise OperatorFault(
                "bad_permissions", f"{path.name}: action {action.code} names unknown or no roles {sorted(unknown)}"
            )
    return table


PERMISSIONS = read_permissions(TABLE)
