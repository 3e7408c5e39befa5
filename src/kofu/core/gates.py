"""How far a feed may differ from yesterday before two people must look at it: the bounds of a municipality.

Values only; `kofu.judgement` says what is measured. Counts are rows, sums yen.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How far a figure may move: it is out of bounds when it moves by more than both.

    `permille` of the figure before, `absolute` in the figure's unit (rows, yen). The absolute part is what keeps a tiny
    ward quiet, where one family moving is three percent.
    """

    permille: int
    absolute: int

    def allows(self, before: int, after: int) -> bool:
        """Tell whether a figure may go from `before` to `after`."""
        moved = abs(after - before)
        return moved <= self.absolute or moved * 1000 <= abs(before) * self.permille


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedGates:
    """The bounds of all gates.

    `rows`: how many people, notices, certificates there are. `sums`: sums of a tax. `states`: how many are paid in
    full, undeclared, moved, dead. `events`: how many of all are new, moved, are removed. `corrections`: how many of
    all have another birth, sex or given name, which hardly ever change. `gone`: rows of yesterday that a full feed
    no longer states. `holds`: negative facts that end without the message that releases them, and addresses of
    people under 支援措置 that appear. `misfits`: names of assessments that do not fit the registry's; more than
    `misfits_refused` (of all that are compared) refuse the feed. `warnings`: rows that break a rule which may be
    broken. `sample`: papers made from the new generation and compared with the old. `announced`: the sender
    announces each feed; one that was not announced is held.
    """

    rows: Bound
    sums: Bound
    states: Bound
    events: Bound
    corrections: Bound
    gone: Bound
    holds: Bound
    misfits: Bound
    misfits_refused: Bound
    warnings: Bound
    sample: int
    announced: bool


#: What a municipality begins with (profiles/*.toml state their own).
USUAL_GATES = FeedGates(
    rows=Bound(permille=50, absolute=20),
    sums=Bound(permille=100, absolute=2_000_000),
    states=Bound(permille=200, absolute=60),
    events=Bound(permille=20, absolute=20),
    corrections=Bound(permille=0, absolute=5),
    gone=Bound(permille=0, absolute=0),
    holds=Bound(permille=0, absolute=2),
    misfits=Bound(permille=0, absolute=0),
    misfits_refused=Bound(permille=20, absolute=10),
    warnings=Bound(permille=100, absolute=20),
    sample=0,
    announced=False,
)
