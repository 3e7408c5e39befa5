"""A message that contradicts one known before, and the case opened for it."""

from __future__ import annotations

from kofu.core.errors import PeerFault


class PeerConflict(PeerFault):
    """The same id came with another body. `case_id` names the case (P9)."""

    def __init__(self, code: str, message: str, case_id: str) -> None:
        """Name the conflict and its case."""
        super().__init__(code, message)
        self.case_id = case_id


class RequestConflict(PeerConflict):
    """A request id is known with another body (P11)."""

    def __init__(self, case_id: str) -> None:
        """Name the case."""
        super().__init__("request_id_reused", "this request id was used before with another body", case_id)
