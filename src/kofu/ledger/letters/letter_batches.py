"""Letters as a batch: one file in the order of the post, with its counts; what may not be sent is left out and named.

Who receives each letter is decided as it is made, as for a single one, and each that stands in the file is on record.
All of it is one transaction: without the file nothing is on record. How far the work is stands on the batch's row,
which another connection writes, so that screens can show it.

Letters of one form are pressed together, so that a file of 1,200 holds its font a few dozen times and not 1,200 times.
What was pressed is read again: each letter's pages must be there, in order, under its own number.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import groupby, islice
from uuid import UUID

import psycopg
import pypdfium2
from psycopg.types.json import Jsonb

from kofu.core.errors import KofuError, OperatorFault, OurFault
from kofu.core.profile import Profile
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.papers.press import PaperPress
from kofu.ledger.profile.ledger_profile import PaperRules
from kofu.ledger.recipients.outgoing import PaperToSend
from kofu.press.bundle import PdfBundle
from kofu.press.engine import FILE_PAPERS_MAX, DoesNotFit
from kofu.press.glyphs import CannotDraw

LETTERS_MAX = 3_000
PROGRESS_EVERY = 20
COUNT = re.compile(r"1／(\d+)")

#: Reads the papers of one envelope, or raises why there are none.
Read = Callable[[psycopg.Connection], Sequence[PaperToSend]]


class BatchKind(StrEnum):
    """What is printed."""

    DUNNING = "dunning"  # 督促状
    REFUND = "refund"  # 還付通知書・充当通知書


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What one person is sent, before it is read. `person_id`, `reference`: by what screens name it."""

    person_id: int
    reference: str
    read: Read


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Who got nothing, and why (a stable code)."""

    person_id: int
    reference: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedBatch:
    """The file; `numbers`: 宛名番号 of those whose letters stand in it."""

    pdf: bytes
    letters: int
    pages: int
    left_out: tuple[NotSent, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWork:
    """What a batch is made with. `watch`: a connection of its own, in autocommit mode, that tells how far it is."""

    profile: Profile
    rules: PaperRules
    press: PaperPress
    watch: psycopg.Connection
    both_sides: bool
    acting: Acting


def print_batch(
    connection: psycopg.Connection,
    batch_id: UUID,
    kind: BatchKind,
    envelopes: Sequence[Envelope],
    *,
    subject: str,
    work: BatchWork,
) -> PrintedBatch:
    """Make the file of a batch in the order of the post.

    Raises `OperatorFault` `no_letters` where nobody can be written to, `too_many_letters`, `batch_known` where the
    batch was begun before; what is on record of it then says why there is no file.
    """
    if len(envelopes) > LETTERS_MAX:
        raise OperatorFault("too_many_letters", f"a file holds {LETTERS_MAX:,} letters at most; choose fewer")
    begun = work.watch.execute(
        "INSERT INTO letter_batch (id, municipality_code, kind, subject, total, made_by, started_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
        [batch_id, work.profile.code, kind, subject, len(envelopes), work.acting.actor, work.acting.now],
    )
    if begun.rowcount == 0:
        raise OperatorFault("batch_known", "this batch was begun before; look at what came of it")
    try:
        return _print(connection, batch_id, envelopes, work)
    except BaseException as error:
        code = error.code if isinstance(error, KofuError) else "interrupted"
        work.watch.execute("UPDATE letter_batch SET fault = %s WHERE id = %s", [code, batch_id])
        raise


def _print(
    connection: psycopg.Connection, batch_id: UUID, envelopes: Sequence[Envelope], work: BatchWork
) -> PrintedBatch:
    left_out: list[NotSent] = []
    with connection.transaction():
        waiting: list[tuple[Envelope, Sequence[PaperToSend]]] = []
        for number, envelope in enumerate(envelopes, start=1):
            try:
                waiting.append((envelope, envelope.read(connection)))
            except OperatorFault as error:
                left_out.append(_not_sent(envelope, error))
            if number % PROGRESS_EVERY == 0:
                _note_progress(work, batch_id, number // 2)
        waiting.sort(key=lambda one: one[1][0].key.order())
        bundle, numbers, letters = PdfBundle(both_sides=work.both_sides), [], 0
        for number, part in enumerate(_parts(waiting)):
            pressed = list(_pressed(part, work.press, left_out))
            for pdf, lengths, papers in pressed:
                bundle.add(pdf, lengths)
                letters += len(papers)
                for paper in papers:
                    paper.on_record(connection, work.profile.code, work.acting)
                    numbers.append(paper.addressee_number)
            _note_progress(work, batch_id, (len(envelopes) + number * FILE_PAPERS_MAX) // 2)
        if not letters:
            raise OperatorFault("no_letters", "nobody of these can be written to")
        pdf = bundle.finish()
        connection.execute(
            "UPDATE letter_batch SET done = total, letters = %s, pages = %s, left_out = %s, sha256 = %s,"
            " finished_at = now() WHERE id = %s",
            [
                letters, bundle.pages, Jsonb([asdict(one) for one in left_out]), hashlib.sha256(pdf).hexdigest(),
                batch_id,
            ],
        )  # fmt: skip
        record(
            connection, work.acting, "letters.print", "printed",
            batch=str(batch_id), letters=letters, pages=bundle.pages, left_out=len(left_out),
        )  # fmt: skip
    return PrintedBatch(
        pdf=pdf,
        letters=letters,
        pages=bundle.pages,
        left_out=tuple(left_out),
        numbers=tuple(dict.fromkeys(numbers)),
    )


def _note_progress(work: BatchWork, batch_id: UUID, done: int) -> None:
    work.watch.execute("UPDATE letter_batch SET done = least(%s, total) WHERE id = %s", [done, batch_id])


def _not_sent(envelope: Envelope, error: KofuError) -> NotSent:
    return NotSent(person_id=envelope.person_id, reference=envelope.reference, why=error.code)


_Waiting = tuple[Envelope, Sequence[PaperToSend]]


def _parts(waiting: Iterable[_Waiting]) -> Iterator[list[_Waiting]]:
    """Split into parts that are pressed together: neighbours whose envelopes hold the same forms of the same day."""

    def alike(one: _Waiting) -> tuple[object, ...]:
        return tuple((paper.sheet.form, paper.sheet.issued_on) for paper in one[1])

    for forms, group in groupby(waiting, key=alike):
        most = FILE_PAPERS_MAX if len(forms) == 1 else 1
        while part := list(islice(group, most)):
            yield part


def _pressed(
    part: Sequence[_Waiting], press: PaperPress, left_out: list[NotSent]
) -> Iterator[tuple[bytes, list[int], list[PaperToSend]]]:
    """Press a part. Where a letter in it cannot be made, each is pressed by itself and that one is left out."""
    try:
        if len(part) > 1:
            papers = [papers[0] for _, papers in part]
            yield _file(papers, press)
            return
        yield from [_file([paper], press) for paper in part[0][1]]
    except (CannotDraw, DoesNotFit) as error:
        if len(part) == 1:
            left_out.append(_not_sent(part[0][0], error))
            return
        for one in part:
            yield from _pressed([one], press, left_out)


def _file(papers: Sequence[PaperToSend], press: PaperPress) -> tuple[bytes, list[int], list[PaperToSend]]:
    """Press papers into one file and read from it how many pages each has. Raises `OurFault` `letters_misread`."""
    pdf = press.file([paper.sheet for paper in papers])
    lengths: list[int] = []
    with pypdfium2.PdfDocument(pdf) as document:
        at = 0
        for paper in papers:
            text = re.sub(r"\s", "", document[at].get_textpage().get_text_bounded()) if at < len(document) else ""
            count = COUNT.search(text)
            if count is None or _own_number(paper) not in text:
                raise OurFault("letters_misread", "a letter does not begin where it must; nothing was printed")
            lengths.append(int(count[1]))
            at += lengths[-1]
        if at != len(document):
            raise OurFault("letters_misread", "a batch has pages that belong to no letter; nothing was printed")
    return pdf, lengths, list(papers)


def _own_number(paper: PaperToSend) -> str:
    """Give what stands on the first page of a letter and of no other."""
    return re.sub(r"\s", "", "通知書番号" + paper.sheet.texts["number"])
