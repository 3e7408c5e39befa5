"""What a screen declares: the action it is, and the person it is about.

::

    @staff_action("person.view", person="addressee_number")
    def person_page(request: HttpRequest, addressee_number: str) -> HttpResponse: ...

`StaffGate` (kofu.staff.gate) reads the declaration and refuses a view that has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from kofu.staff.permissions import PERMISSIONS, Action

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "kofu_declared"
_TAKES = "kofu_takes_bytes"


@dataclass(frozen=True, slots=True)
class ActionDeclaration:
    """A view's declaration. `action` None: no account is needed, for the reason in `why_public`.

    `person`: name of the URL's argument that carries the person's 宛名番号, or None.
    """

    action: Action | None
    person: str | None = None
    why_public: str = ""


def staff_action(code: str, *, person: str | None = None) -> Callable[[View], View]:
    """Declare a view to be the action `code` of the permission table, about the person in the URL argument `person`.

    Raises `OurFault` at import for an action the table does not know.
    """
    declared = ActionDeclaration(action=PERMISSIONS.action(code), person=person)

    def mark(view: View) -> View:
        setattr(view, _MARK, declared)
        return view

    return mark


def public_page(why: str) -> Callable[[View], View]:
    """Declare a view to need no account, and say why (login pages, the health check)."""
    declared = ActionDeclaration(action=None, why_public=why)

    def mark(view: View) -> View:
        setattr(view, _MARK, declared)
        return view

    return mark


def declared_of(view: Callable[..., Any]) -> ActionDeclaration | None:
    """Read a view's declaration; None where it has none."""
    found = getattr(view, _MARK, None)
    return found if isinstance(found, ActionDeclaration) else None


def takes_files(bytes_max: int) -> Callable[[View], View]:
    """Declare that a view takes files, at most `bytes_max` together; a body for any other is small."""

    def mark(view: View) -> View:
        setattr(view, _TAKES, bytes_max)
        return view

    return mark


def bytes_taken_by(view: Callable[..., Any]) -> int:
    """How many bytes of files a view takes; 0 where it takes none."""
    return int(getattr(view, _TAKES, 0))
