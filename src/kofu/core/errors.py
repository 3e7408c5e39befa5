"""What can go wrong, and whose fault it is.

::

    KofuError             every error this program raises on purpose
    ├── OurFault          a defect of kofu: somebody must look at it
    │   └── InvariantBroken   something that can never be, is: `ensure()` raises it
    ├── PeerFault         a neighbour (feed, centre, registry) sent what it must not send
    ├── OperatorFault     the deployment or a file of the operator is wrong; the message says what to do
    └── ResidentFault     the person at the kiosk asked for what cannot be asked for

Messages carry no personal data: they travel into logs. `code` is stable, lower case, for programs and manuals.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Blame(StrEnum):
    """Whose fault an error is, and so who has to act."""

    OURS = "ours"
    PEER = "peer"
    OPERATOR = "operator"
    RESIDENT = "resident"


class KofuError(Exception):
    """Root of kofu's errors: a stable `code`, a `blame`, and a sentence without personal data."""

    default_blame: ClassVar[Blame] = Blame.OURS

    def __init__(self, code: str, message: str, *, blame: Blame | None = None) -> None:
        """Build the error; `blame` defaults to that of the class."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.blame = blame or self.default_blame

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class OurFault(KofuError):  # noqa: N818 - a fault says whose it is; Error would say less
    """kofu is wrong."""

    default_blame = Blame.OURS


class PeerFault(KofuError):  # noqa: N818 - a fault says whose it is; Error would say less
    """A neighbour is wrong."""

    default_blame = Blame.PEER


class OperatorFault(KofuError):  # noqa: N818 - a fault says whose it is; Error would say less
    """The deployment is wrong; the message says what to do."""

    default_blame = Blame.OPERATOR


class ResidentFault(KofuError):  # noqa: N818 - a fault says whose it is; Error would say less
    """The resident asked for what cannot be."""

    default_blame = Blame.RESIDENT


class InvariantBroken(OurFault):
    """Something that can never be, is. Stop rather than go on."""

    def __init__(self, message: str) -> None:
        """Build the error from the sentence that no longer holds."""
        super().__init__("invariant_broken", message)


def ensure(condition: object, message: str) -> None:
    """Raise `InvariantBroken` where `condition` is false. Unlike `assert` it stays on in production (python -O)."""
    if not condition:
        raise InvariantBroken(message)
