"""What becomes of a received file: a table of states. Nothing of a file is posted before all of it is decided."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class FileState(LabelledEnum):
    """Where a received file stands."""

    HELD = "held", "保留"  # rows with problems wait for a decision
    CHECKED = "checked", "検査済"  # every row can be posted
    POSTED = "posted", "登録済"
    REJECTED = "rejected", "返戻"


class FileEvent(LabelledEnum):
    """What is done with a file."""

    POST = "post", "登録"  # all rows are posted
    POST_WITHOUT = "post_without", "不備を除いて登録"  # a second person accepts it without the rows with problems
    REJECT = "reject", "返戻"  # the file goes back to its sender


RECEIVED_FILE_LIFE = LifeCycle(
    title="賦課情報のファイル",
    thing="a received file",
    reason="file_state",
    states=FileState,
    events=FileEvent,
    begins=frozenset({FileState.HELD, FileState.CHECKED}),
    ends=frozenset({FileState.POSTED, FileState.REJECTED}),
    table={
        (FileState.CHECKED, FileEvent.POST): FileState.POSTED,
        (FileState.CHECKED, FileEvent.REJECT): FileState.REJECTED,
        (FileState.HELD, FileEvent.POST_WITHOUT): FileState.POSTED,
        (FileState.HELD, FileEvent.REJECT): FileState.REJECTED,
    },
)


def digest_of(content: bytes, beside: Sequence[bytes] = ()) -> str:
    """Give the SHA-256 a file is known by: of its bytes, or of the digests of it and all that came with it."""
    digests = [hashlib.sha256(piece).digest() for piece in (content, *beside)]
    return (digests[0] if not beside else hashlib.sha256(b"".join(digests)).digest()).hex()
