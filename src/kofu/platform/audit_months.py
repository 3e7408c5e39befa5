"""The life of a closed month of the audit log as a table: out of the database, back for a reading, gone in the end."""

from __future__ import annotations

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class SegmentState(LabelledEnum):
    """Where the entries of a closed month are."""

    ARCHIVED = "archived", "保管"  # in its segment's file only
    RESTORED = "restored", "復元中"  # in the database again, to be read
    EXPIRED = "expired", "消去済"  # seven years are over: the tombstone keeps the chain verifiable


class SegmentEvent(LabelledEnum):
    """What happens to a closed month."""

    RESTORE = "restore", "復元"
    ARCHIVE = "archive", "再保管"
    EXPIRE = "expire", "消去"  # by two people


AUDIT_MONTH_LIFE = LifeCycle(
    title="監査記録の月",
    thing="a month of the audit log",
    reason="not_archived",
    states=SegmentState,
    events=SegmentEvent,
    begins=frozenset({SegmentState.ARCHIVED}),
    ends=frozenset({SegmentState.EXPIRED}),
    table={
        (SegmentState.ARCHIVED, SegmentEvent.RESTORE): SegmentState.RESTORED,
        (SegmentState.RESTORED, SegmentEvent.ARCHIVE): SegmentState.ARCHIVED,
        (SegmentState.ARCHIVED, SegmentEvent.EXPIRE): SegmentState.EXPIRED,
    },
)
