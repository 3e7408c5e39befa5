"""What becomes of a received file: a table of states. Nothing of a file is posted before all of it is decided."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum

from kofu.core.errors import OperatorFault


class FileState(StrEnum):
    """Where a received file stands."""

    HELD = "held"  # 保留: rows with problems wait for a decision
    CHECKED = "checked"  # 検査済: every row can be posted
    POSTED = "posted"  # 登録済
    REJECTED = "rejected"  # 返戻


class FileEvent(StrEnum):
    """What is done with a file."""

    POST = "post"  # all rows are posted
    POST_WITHOUT = "post_without"  # a second person accepts the file without the rows that have problems
    REJECT = "reject"  # the file goes back to its sender


NEXT: dict[tuple[FileState, FileEvent], FileState] = {
    (FileState.CHECKED, FileEvent.POST): FileState.POSTED,
    (FileState.CHECKED, FileEvent.REJECT): FileState.REJECTED,
    (FileState.HELD, FileEvent.POST_WITHOUT): FileState.POSTED,
    (FileState.HELD, FileEvent.REJECT): FileState.REJECTED,
}


def after(state: FileState, event: FileEvent) -> FileState:
    """State after an event. Raises `OperatorFault` `file_state` where it cannot happen."""
    try:
        return NEXT[state, event]
    except KeyError:
        raise OperatorFault("file_state", f"a file that is {state.value} cannot be: {event.value}") from None


def digest_of(content: bytes, beside: Sequence[bytes] = ()) -> str:
    """Give the SHA-256 a file is known by: of its bytes, or of the digests of it and all that came with it."""
    digests = [hashlib.sha256(piece).digest() for piece in (content, *beside)]
    return (digests[0] if not beside else hashlib.sha256(b"".join(digests)).digest()).hex()
