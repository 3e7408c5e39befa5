"""The desks money comes in at: files taken in, entered twice, sent back, approved; tills; the night that posts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from uuid import UUID

from kofu.core.errors import OperatorFault
from kofu.ledger.assessments.codecs.assessment_files import read_either
from kofu.ledger.assessments.domain.received_files import FileState
from kofu.ledger.assessments.register_assessments import post as post_changes
from kofu.ledger.assessments.register_assessments import receive as receive_changes
from kofu.ledger.payments import batches, till
from kofu.ledger.payments.batches import Batch
from kofu.ledger.payments.domain.batches import BATCH_LIFE, BatchEvent, BatchState
from kofu.ledger.payments.files import reader_for
from kofu.ledger.payments.post_batch import post_waiting
from kofu.ledger.payments.till import TillEntry
from kofu.simulation.ledger.files import SentFile, write_changes, write_file
from kofu.simulation.ledger.plan import DrawnFile, DrawnNotice, DrawnPayment, Way
from kofu.simulation.ledger.staff import CHIEF, CLERK, NIGHT, SECOND_CLERK, WARD, LedgerStaff
from kofu.simulation.lines import StagedLine
from kofu.simulation.stage import StagedActor

NIGHT_SECONDS = 8.0
NIGHTS_MAX = 400
OFFICES = ("本庁", "東出張所")


@dataclass(slots=True)
class Desks:
    """Who takes money in.

    `of_file`: what the plan has for each file; `open_files`: those that are still to be posted; `taken_in`: those of
    which everything that is acknowledged was told.
    """

    staff: LedgerStaff
    of_file: dict[str, list[tuple[DrawnNotice, DrawnPayment]]]
    open_files: set[str] = field(default_factory=set)
    taken_in: set[str] = field(default_factory=set)

    # files ----------------------------------------------------------------------------------------------------------

    def file(self, actor: StagedActor, drawn: DrawnFile) -> None:
        """Take a file in, as often as it comes, until it is decided; then tell what it said."""
        actor.sleep(drawn.at)
        self._take_in(actor, drawn)
        self.taken_in.add(drawn.name)

    def _take_in(self, actor: StagedActor, drawn: DrawnFile) -> None:
        staff = self.staff
        if drawn.way is Way.STORE_LATER:
            actor.wait(lambda: not any(name.startswith(f"{Way.STORE} ") for name in self.open_files))
        sent = write_file(drawn.way, drawn.number, self.of_file[drawn.name], staff.layouts)
        if drawn.twice:

            def beside(other: StagedActor) -> None:
                self._received(other, f"twin {drawn.name}", drawn, sent, SECOND_CLERK)

            staff.stage.enter(f"clerk beside {drawn.name}", beside)
        batch = self._received(actor, f"receive {drawn.name}", drawn, sent, CLERK)
        if batch and drawn.sent_back:
            staff.tried(actor, f"reject {drawn.name}", partial(self._reject, batch_id=batch[0].id))
            batch = self._received(actor, f"receive again {drawn.name}", drawn, sent, CLERK)
        if not batch:
            return
        staff.tried(actor, f"accept {drawn.name}", partial(self._decide, found=batch))
        if batch[0].stands is BatchState.REJECTED:
            self.open_files.discard(drawn.name)
            if any(not row.paid.wrong and row.paid.again is None for row in sent.rows):
                staff.stage.given_up.append(f"taking in {drawn.name}: it was sent back with rows that are right")
            return
        for row in sent.rows:
            self._note_row(row.paid, row.notice_number, row.key, batch[0])

    def _note_row(self, paid: DrawnPayment, notice_number: str, key: str, batch: Batch) -> None:
        if paid.wrong:
            return
        if paid.event in {"advise", "cancel"}:
            self.staff.note_told("advised" if paid.event == "advise" else "cancelled", key=key)
        elif paid.event == "pay":
            self.staff.note_told(
                "paid", notice=notice_number, installment=paid.installment, key=key, yen=paid.yen,
                interest=paid.interest, on=paid.on, booked_on=batch.booked_on,
            )  # fmt: skip

    def _received(self, actor: StagedActor, name: str, drawn: DrawnFile, sent: SentFile, who: str) -> list[Batch]:
        staff = self.staff
        found: list[Batch] = []

        def work(line: StagedLine) -> None:
            today = staff.today
            read = reader_for(
                sent.kind, staff.layouts, name=drawn.name, processed_on=today, keying=sent.keying,
                forms=staff.profile.bank_forms,
            )  # fmt: skip
            batch = batches.receive(
                line, municipality_code=WARD, channel=sent.kind.channel, kind=sent.kind.code, name=drawn.name,
                content=sent.content, booked_on=today, read=read, acting=staff.acting(who),
                keyed=sent.keying.beside if sent.keying else None,
            )  # fmt: skip
            found[:] = [batch]

        staff.tried(actor, name, work)
        return found

    def _reject(self, line: StagedLine, batch_id: UUID) -> None:
        """Send a batch back, unless its posting has begun by now."""
        if batches.load_batch(line, batch_id).stands in BATCH_LIFE.states_that_take(BatchEvent.REJECT):
            batches.reject(line, batch_id, reason="送信元に確認", acting=self.staff.acting(CHIEF))

    def _decide(self, line: StagedLine, found: list[Batch]) -> None:
        """Accept what is held without its bad rows; what has no other is sent back."""
        batch = batches.load_batch(line, found[0].id)
        found[:] = [batch]
        if batch.stands is not BatchState.HELD:
            return
        try:
            found[:] = [batches.accept(line, batch.id, reason="不備を除いて登録", acting=self.staff.acting(CHIEF))]
        except OperatorFault as fault:
            if fault.code != "nothing_to_accept":
                raise
            found[:] = [batches.reject(line, batch.id, reason="全件不備", acting=self.staff.acting(CHIEF))]

    # tills ----------------------------------------------------------------------------------------------------------

    def till(self, actor: StagedActor, drawn: DrawnFile) -> None:
        """Enter a day's papers at a counter, one of them wrong at first; count, close."""
        actor.sleep(drawn.at)
        paid = self.of_file[drawn.name]
        self.at_till(actor, drawn.number, [(notice.notice_number, one) for notice, one in paid], name=drawn.name)

    def at_till(self, actor: StagedActor, number: int, paid: Sequence[tuple[str, DrawnPayment]], *, name: str) -> None:
        """Enter papers in a batch of its own; its name is noted as a file's is."""
        staff = self.staff
        office = f"{OFFICES[number % 2]}{number}"
        steps = (f"till {number} {step}" for step in count())
        opened: list[Batch] = []

        def open_(line: StagedLine) -> None:
            opened[:] = [
                till.open_batch(
                    line, municipality_code=WARD, office=office, is_branch=bool(number % 2), acting=staff.acting(CLERK)
                )
            ]

        if not staff.tried(actor, next(steps), open_):
            return
        batch_id = opened[0].id
        lines: list[tuple[str, DrawnPayment, int]] = []
        typed = 0
        for place, (notice_number, one) in enumerate(paid):
            if place == 0 and len(paid) > 1:
                wrong = _entry(notice_number, one, more=9_000)
                staff.tried(actor, next(steps), partial(self._enter, batch_id=batch_id, entry=wrong, typed=typed))
                typed += 1
                staff.tried(actor, next(steps), partial(self._void, batch_id=batch_id, line_number=typed))
                typed += 1
            entry = _entry(notice_number, one)
            staff.tried(actor, next(steps), partial(self._enter, batch_id=batch_id, entry=entry, typed=typed))
            typed += 1
            lines.append((notice_number, one, typed))
        cash = sum(one.yen for _, one in paid)
        differs = 100 if number == 1 else 0
        staff.tried(
            actor, next(steps),
            partial(self._close, batch_id=batch_id, papers=len(paid), cash=cash + differs, differs=bool(differs)),
        )  # fmt: skip
        found = [opened[0]]
        staff.tried(actor, next(steps), partial(self._decide, found=found))
        batch = found[0]
        for notice_number, one, line_number in lines:
            self._note_row(one, notice_number, f"{batch.channel}/{batch_id}|{line_number}", batch)
        self.open_files.discard(name)
        self.open_files.add(batch.name)

    def _enter(self, line: StagedLine, batch_id: UUID, entry: TillEntry, typed: int) -> None:
        if len(batches.rows_of(line, batch_id, limit=20_000)) == typed:
            till.enter(line, batch_id, entry, acting=self.staff.acting(CLERK))

    def _void(self, line: StagedLine, batch_id: UUID, line_number: int) -> None:
        if len(batches.rows_of(line, batch_id, limit=20_000)) == line_number:
            till.void(line, batch_id, line_number, acting=self.staff.acting(CLERK))

    def _close(self, line: StagedLine, batch_id: UUID, papers: int, cash: int, *, differs: bool) -> None:
        if batches.load_batch(line, batch_id).stands is BatchState.OPEN:
            why = "釣銭の過誤" if differs else ""
            till.close(line, batch_id, papers=papers, cash=cash, difference=why, acting=self.staff.acting(CLERK))

    # 減額, 増額 -------------------------------------------------------------------------------------------------------

    def changes(self, actor: StagedActor, kind: str, notices: Sequence[DrawnNotice]) -> None:
        """Take in a file of 減額 or 増額 and have another person post it."""
        staff = self.staff
        actor.sleep(notices[0].at)
        name, content = f"{kind}.csv", write_changes(notices, staff.day_before)

        def read(data: bytes) -> object:
            return read_either(data, municipality_code=WARD, file=name)

        def work(line: StagedLine) -> None:
            checked = receive_changes(
                line, municipality_code=WARD, name=name, content=content, read=read,  # type: ignore[arg-type]  # as above
                acting=staff.acting(CLERK),
            )  # fmt: skip
            if checked.state is FileState.HELD:
                raise OperatorFault("changes_held", f"{[one.code for one in checked.problems]}")
            if checked.state is FileState.CHECKED:
                post_changes(line, checked.file_id, read=read, rules=staff.rules, acting=staff.acting(CHIEF))  # type: ignore[arg-type]  # as above

        if staff.tried(actor, f"change {kind}", work):
            for notice in notices:
                if notice.change is not None:
                    staff.note_told(
                        "increased" if notice.change.grows else "reduced", notice=notice.notice_number,
                        installment=notice.change.installment, yen=notice.change.yen, on=staff.day_before,
                    )  # fmt: skip
            staff.changed.update(notice.number for notice in notices)

    # the night ------------------------------------------------------------------------------------------------------

    def nights(self, actor: StagedActor) -> None:
        """Post what waits, again and again, until everything that came is posted."""
        number = 0
        while self.open_files and number < NIGHTS_MAX:
            actor.sleep(NIGHT_SECONDS)
            self.post(actor, f"night {number}", "night")
            number += 1
        self.staff.stage.given_up += sorted(f"posting {name}" for name in self.open_files)
        self.open_files.clear()

    def post(self, actor: StagedActor, name: str, lane: str) -> None:
        """Post what waits, as the timer or an operator does."""
        staff = self.staff

        def work(line: StagedLine) -> None:
            post_waiting(line, WARD, rules=staff.rules, acting=staff.acting(NIGHT, lane))

        staff.tried(actor, name, work)
        self.open_files -= staff.posted()


def _entry(notice_number: str, one: DrawnPayment, more: int = 0) -> TillEntry:
    return TillEntry(
        notice_number=notice_number,
        installment=one.installment,
        amount=one.yen - one.interest + more,
        received_on=one.on,
        interest=one.interest,
    )
