"""A sentence the ward's assessment promises, its control, and the looks that ask whether it is kept."""

from __future__ import annotations

import msgspec

from kofu.core.labelled import LabelledEnum


class PromiseCoverage(LabelledEnum):
    """By what a promise is kept, as docs/evidence.md counts."""

    SOFTWARE = "software", "実"
    PARTLY = "partly", "一部"
    OUTSIDE = "outside", "外"


class KeptByHand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the ward records itself: `what` it is, on the page of which system, again after so many `months`."""

    what: str
    page: str
    months: int


class Promise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence: `words` are the assessment's own, `control` says in plain Japanese what keeps it.

    `checks`: codes of looks. `lacks`: what the control does not hold yet, "" where it holds it all.
    """

    number: int
    section: str
    words: str
    control: str
    responsible: str
    checks: tuple[str, ...] = ()
    kept_in: KeptByHand | None = None
    lacks: str = ""

    @property
    def coverage(self) -> PromiseCoverage:
        """By what it is kept: software that is looked at, such software in part, or people alone."""
        if not self.checks:
            return PromiseCoverage.OUTSIDE
        return PromiseCoverage.PARTLY if self.lacks else PromiseCoverage.SOFTWARE


class EvidenceCheck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A look: what it `asks`, in which systems, by which function (`module:name`).

    `on_page`: the rights of the staff's screens suffice; else the command alone can look, with the running role's.
    """

    code: str
    asks: str
    systems: tuple[str, ...]
    function: str
    on_page: bool = True


class PromiseTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every sentence, and every look."""

    source: str
    promises: tuple[Promise, ...]
    checks: tuple[EvidenceCheck, ...]

    def check(self, code: str) -> EvidenceCheck:
        """Find a look by its code; the table was read whole, so it is there."""
        return next(one for one in self.checks if one.code == code)


def faults_of(table: PromiseTable) -> list[str]:
    """Say what is wrong with a table: a promise nothing stands behind, a look nobody asks for or nobody has."""
    known = [one.code for one in table.checks]
    asked = {code for promise in table.promises for code in promise.checks}
    faults = [f"promise {p.number} has neither a check nor a record" for p in table.promises if not _stands(p)]
    faults += [f"promise {p.number} says nothing of {name}" for p in table.promises for name in _silent(p)]
    faults += [f"no check {code}" for code in sorted(asked - set(known))]
    faults += [f"nobody asks for check {code}" for code in known if code not in asked]
    faults += [f"check {code} stands twice" for code in sorted({code for code in known if known.count(code) > 1})]
    numbers = [promise.number for promise in table.promises]
    if numbers != list(range(1, len(numbers) + 1)):
        faults.append("the promises are not numbered from 1 on")
    return faults


def _stands(promise: Promise) -> bool:
    return bool(promise.checks) or (promise.kept_in is not None and promise.kept_in.months > 0)


def _silent(promise: Promise) -> list[str]:
    return [name for name in ("section", "words", "control", "responsible") if not getattr(promise, name).strip()]
