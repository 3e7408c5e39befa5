"""What happens beside the visits: holds, stops, feeds, a wrong clock, the sweep, a process that is killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg

from kofu.certificates.domain.findings import Signature
from kofu.contracts.feed import FeedKind
from kofu.contracts.issuing import Hold
from kofu.core.errors import KofuError, OurFault
from kofu.core.kinds import HoldKind
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.cases import case_store, stop
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.issuing.feeds.judge import Judging
from kofu.issuing.holds.apply_hold import apply_hold
from kofu.issuing.holds.hold_store import leaving_until
from kofu.issuing.requests.sweep import sweep
from kofu.platform.feeds import public_key
from kofu.simulation.lines import StagedLine
from kofu.simulation.plan import DrawnHappening
from kofu.simulation.seen import SeenFromOutside
from kofu.simulation.service import StagedService
from kofu.simulation.stage import SimulationStage, StagedActor
from kofu.simulation.ward_feeds import WARD, WardFeeds

TRIES_MAX = 8
LOOK_SECONDS = 0.5
TWO_PEOPLE = (("sato", "the drill is over"), ("ito", "nothing was found"))


def lift_standing_stops(
    line: psycopg.Connection, municipality_code: str, acting: Acting, note: Callable[..., None]
) -> None:
    """Let two people lift each stop that a person set; `note` is told of it before: `stop_lifting`, `stop=`."""
    for standing in case_store.standing_stops(line, municipality_code):
        if standing.case_id is not None:
            continue  # set by the system itself: what it found is looked at first
        note("stop_lifting", stop=standing.stop_id)
        for by, finding in TWO_PEOPLE:
            signed = {one.by for one in case_store.stop_signatures(line, standing.stop_id)}
            if by not in signed:
                stop.agree_to_lift(line, acting, standing.stop_id, Signature(by, finding))


@dataclass(slots=True)
class Happenings:
    """What all of them need. `loading`: one feed is taken in at a time, as in service."""

    stage: SimulationStage
    service: StagedService
    seen: SeenFromOutside
    feeds: WardFeeds
    owner_url: str
    judging: Judging
    loading: list[str] = field(default_factory=list)

    def play(self, actor: StagedActor, happening: DrawnHappening) -> None:
        """Let one happen, now that its time has come."""
        match happening.what:
            case "hold":
                self._hold(actor, happening)
            case "stop":
                self._stop(actor, happening)
            case "feed":
                self._feed(actor, FeedKind(happening.feed), f"feed {happening.number}")
            case "sweep":
                self._tried(actor, f"sweep {happening.number}", self.sweep)
            case "kill":
                self.stage.kill(happening.process)
            case _:
                self.service.clocks.be_wrong(actor, happening.clock, happening.seconds)

    def _tried(self, actor: StagedActor, name: str, work: Callable[[StagedActor, StagedLine], None]) -> None:
        """Let a process of its own do work, and another where that ends in between, until it is done."""
        done: list[bool] = []
        for attempt in range(TRIES_MAX):

            def body(worker: StagedActor) -> None:
                try:
                    with self.service.borrowed() as line:
                        work(worker, line)
                    done.append(True)
                except (KofuError, psycopg.Error) as fault:
                    self.stage.note(f"{worker.name}: {type(fault).__name__}")

            worker = self.stage.enter(f"{name} {attempt}", body)
            actor.wait(lambda worker=worker: worker.done)  # type: ignore[misc]  # bound now, not later
            if done:
                return
        self.stage.given_up.append(name)

    # holds --------------------------------------------------------------------------------------------------------

    def _hold(self, actor: StagedActor, happening: DrawnHappening) -> None:
        """Send a hold until it is acknowledged, and later its end; or the end first, where messages overtake."""
        card = self.feeds.visitor(happening.person)
        hold = Hold(
            hold_id=self.service.identity(),
            revision=1,
            municipality_code=WARD.code,
            kind=HoldKind.PROTECTION,
            addressee_number=None if happening.on_card else card["addressee_number"],
            serial=card["serial"] if happening.on_card else None,
            released=False,
            effective_from=self.service.clocks.true().date(),
            sent_at=self.service.clocks.true(),
        )
        revisions = [(hold, f"hold {happening.number}")]
        if happening.ends_after:
            end = Hold(
                **{name: getattr(hold, name) for name in hold.__struct_fields__} | {"revision": 2, "released": True}
            )
            revisions.append((end, f"release {happening.number}"))
        if happening.first_the_end:
            revisions.reverse()
        for number, (revision, name) in enumerate(revisions):
            if number:
                actor.sleep(happening.ends_after)
            if revision.released:
                self.seen.note("hold_releasing", hold=hold.hold_id)
            self._tried(actor, name, partial(self._apply, hold=revision))

    def _apply(self, actor: StagedActor, line: StagedLine, hold: Hold) -> None:
        """Take a hold in as the gateway does, and acknowledge it when nothing is on its way."""
        clocks = self.service.clocks
        apply_hold(line, hold, sender="registry", lane="holds", received_at=clocks.ward())
        longest = self.stage.now + self.service.profile.deadline_longest_seconds + 5
        while not hold.released and leaving_until(line, hold, clocks.ward()) is not None and self.stage.now < longest:
            actor.sleep(LOOK_SECONDS)
        self.seen.note("hold_acknowledged", hold=hold.hold_id, revision=hold.revision, released=hold.released)

    # stops --------------------------------------------------------------------------------------------------------

    def _stop(self, actor: StagedActor, happening: DrawnHappening) -> None:
        self._tried(actor, f"stop {happening.number}", self._set_stop)
        actor.sleep(happening.ends_after)
        self._tried(actor, f"lift {happening.number}", self.lift_stops)

    def _set_stop(self, actor: StagedActor, line: StagedLine) -> None:
        acting = self.service.acting("stops")
        stop_id = stop.set_stop(line, acting, municipality_code=WARD.code, reason="drill", by="sato")
        while stop.leaving(line, WARD.code, self.service.clocks.ward()) is not None:
            actor.sleep(LOOK_SECONDS)
        self.seen.note("stop_acknowledged", stop=stop_id)

    def lift_stops(self, _actor: StagedActor, line: StagedLine) -> None:
        """Lift every stop, also one whose setter never heard that it was set."""
        lift_standing_stops(line, WARD.code, self.service.acting("stops"), self.seen.note)

    # feeds, the sweep -----------------------------------------------------------------------------------------------

    def _feed(self, actor: StagedActor, kind: FeedKind, name: str) -> None:
        actor.wait(lambda: not self.loading)
        self.loading.append(name)
        try:
            path = self.feeds.next_feed(kind)
            self._tried(actor, name, lambda _worker, _line: self.take_in(path, kind))
        finally:
            self.loading.remove(name)

    def take_in(self, path: Path, kind: FeedKind) -> None:
        """Take a feed in as `kofu feed` does."""
        generation = self.feeds.generations[kind]
        self.seen.note("activating", feed=kind.value, feed_generation=generation)
        report = import_feed(
            lambda: StagedLine.connect(self.owner_url),
            path,
            keys={one: public_key(self.feeds.keys, one) for one in FeedKind},
            municipality_code=WARD.code,
            now=max(self.service.clocks.ward(), self.service.clocks.beginning),
            actor="operator",
            judging=self.judging,
        )
        if report.outcome not in {ImportOutcome.ACTIVATED, ImportOutcome.ALREADY_ACTIVE}:
            raise OurFault("feed_not_taken", f"{kind} {generation}: {report.outcome}")
        self.seen.note("activated", feed=kind.value, feed_generation=generation)

    def sweep(self, _actor: StagedActor, line: StagedLine) -> None:
        """Bring to an end what nobody brought to an end."""
        sweep(line, self.service.acting("sweep"))
