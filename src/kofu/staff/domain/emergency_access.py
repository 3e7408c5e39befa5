"""緊急閲覧 (break-glass): the data of named persons, for who may see no person, for a reason and a short time.

::

    asked ── 係長 of the ward grants ──► granted ── its time is over, 係長 has read the report ──► reported
      └ refuse ─► refused
"""

from __future__ import annotations

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle

#: Minutes one may ask for, at most: it ends by itself.
MINUTES_MAX = 120
PERSONS_MAX = 10


class EmergencyState(LabelledEnum):
    """Where an access stands."""

    ASKED = "asked", "許可待ち"
    GRANTED = "granted", "許可"
    REFUSED = "refused", "不許可"
    REPORTED = "reported", "報告済"


class EmergencyEvent(LabelledEnum):
    """What happens to it."""

    GRANT = "grant", "許可"
    REFUSE = "refuse", "不許可"
    REPORT = "report", "係長の報告確認"


EMERGENCY_LIFE = LifeCycle(
    title="緊急閲覧",
    thing="an emergency access",
    reason="emergency_state",
    states=EmergencyState,
    events=EmergencyEvent,
    begins=frozenset({EmergencyState.ASKED}),
    ends=frozenset({EmergencyState.REFUSED, EmergencyState.REPORTED}),
    table={
        (EmergencyState.ASKED, EmergencyEvent.GRANT): EmergencyState.GRANTED,
        (EmergencyState.ASKED, EmergencyEvent.REFUSE): EmergencyState.REFUSED,
        (EmergencyState.GRANTED, EmergencyEvent.REPORT): EmergencyState.REPORTED,
    },
)
