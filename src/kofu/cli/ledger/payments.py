"""`kofu payments`: receive files of payments and post them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.ledger.work import DATE_FORMATS, Day, Work, open_day, work_on
from kofu.cli.shared.databases import LedgerOwner
from kofu.cli.shared.declared import command_action
from kofu.cli.shared.faults import ExitCode
from kofu.cli.shared.written_files import require_folder, write_for_owner

if TYPE_CHECKING:  # it draws in psycopg: `kofu --help` does without
    from kofu.ledger.payments.batches import Batch

app = typer.Typer(no_args_is_help=True, help="Files of payments (収納): received, checked, posted.")


@app.command()
@command_action("payment.import", "ledger")
def receive(
    file: Annotated[Path, typer.Argument(help="File as it came.")],
    kind: Annotated[str, typer.Option(help="debit_result, convenience, electronic or keyed.")],
    *,
    second: Annotated[Path | None, typer.Option(help="keyed: the second keying.")] = None,
    slips: Annotated[Path | None, typer.Option(help="keyed: the slips (バッチ票) that went out.")] = None,
    day: Day = None,
    database: LedgerOwner = None,
) -> None:
    """Take in a file and check every row. Posts nothing; the same file again is the same batch."""
    from kofu.ledger.debit.request_debits import requested_days, requested_in
    from kofu.ledger.payments.batches import receive as receive_file
    from kofu.ledger.payments.domain.batches import BatchState
    from kofu.ledger.payments.files import Keying, kind_of, parts_of, reader_for
    from kofu.ledger.profile.layouts import layouts_of
    from kofu.ledger.profile.ledger_profile import ledger_profile

    with work_on(database) as work:
        found = kind_of(kind)
        on = open_day(work, day)
        keying = Keying(second.read_bytes(), slips.read_bytes()) if second and slips else None
        forms = ledger_profile(work.profile.code).bank_forms
        held = False
        for part in parts_of(found, file.name, file.read_bytes(), forms=forms, processed_on=on):
            batch = receive_file(
                work.connection,
                municipality_code=work.profile.code,
                channel=found.channel,
                kind=found.code,
                name=part.name,
                content=part.content,
                booked_on=on,
                read=reader_for(
                    found,
                    layouts_of(work.profile),
                    name=part.name,
                    processed_on=on,
                    keying=keying,
                    requested=requested_in(work.connection, work.profile.code),
                    requested_days=requested_days(work.connection, work.profile.code),
                    forms=forms,
                    whole=part.whole,
                ),
                acting=work.acting,
                keyed=keying.beside if keying else None,
            )
            typer.echo(_line(batch))
            if batch.stands is BatchState.HELD:
                held = True
                _say_problems(work, batch)
        if held:
            typer.echo(
                "  held: another person accepts it without these rows, or it is sent back, on the screens", err=True
            )
            raise typer.Exit(ExitCode.REFUSED)


def _say_problems(work: Work, batch: Batch) -> None:
    from kofu.ledger.payments.batches import problems_of

    for known in problems_of(work.connection, work.profile.code, batch_id=batch.id, limit=20):
        problem = known.problem
        where = f"line {problem.line}" if problem.line else "file"
        typer.echo(f"  {batch.name}, {where}, {problem.field}: {problem.message} [{problem.code}]", err=True)


@app.command()
@command_action("payment.import", "ledger")
def post(database: LedgerOwner = None) -> None:
    """Post every batch that is decided and waits. A run that was broken off goes on where it stopped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from kofu.ledger.payments.post_batch import post_waiting

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with work_on(database) as work, Progress(*columns) as bar:
        tasks: dict[object, object] = {}

        def show_progress(batch: Batch, done: int) -> None:
            if batch.id not in tasks:
                tasks[batch.id] = bar.add_task(batch.name, total=batch.rows)
            bar.update(tasks[batch.id], completed=done)  # type: ignore[arg-type] # rich's TaskID is an int of its own

        done = post_waiting(
            work.connection, work.profile.code, rules=work.rules, acting=work.acting, progress=show_progress
        )
        bar.stop()
        for batch, posted in done:
            outcomes = ", ".join(f"{outcome.value} {count:,}" for outcome, count in sorted(posted.counts.items()))
            typer.echo(
                f"{_line(batch)}: {posted.posted:,} payments, {posted.amount:,} yen ({outcomes or 'no money'});"
                f" {posted.known:,} known, {posted.advised:,} advices"
            )
        if not done:
            typer.echo("no batch waits for posting")


@app.command(name="debit-request")
@command_action("debit.export", "ledger")
def debit_request(
    day: Annotated[datetime, typer.Argument(formats=DATE_FORMATS, help="引落日: the 納期限 that is debited.")],
    out: Annotated[Path, typer.Option(help="Folder the file is written to.")],
    database: LedgerOwner = None,
) -> None:
    """Make the request file of 口座振替 for a day. What was asked for already is not asked for again."""
    from kofu.cli.shared.people_on_record import concerned
    from kofu.ledger.debit.request_debits import request_debits
    from kofu.ledger.profile.layouts import layouts_of
    from kofu.ledger.profile.ledger_profile import ledger_profile
    from kofu.ledger.sent_files.named_people import people_in_file
    from kofu.ledger.slips.codecs.convenience import barcode_profile

    with work_on(database) as work:
        require_folder(out)
        profile = ledger_profile(work.profile.code)
        made = request_debits(
            work.connection,
            work.profile.code,
            profile.debit,
            barcode_profile(layouts_of(work.profile)),
            debit_on=day.date(),
            answers=profile.answer_rules,
            acting=work.acting,
            forms=profile.bank_forms,
        )
        code = work.profile.code
        named = people_in_file(work.connection, code, name=made.name, reference=made.request_id)
        left_out = [left.addressee_number for left in made.left_out]
        concerned(work.connection, "debit.export", code, [*named, *left_out])
        write_for_owner(out / made.name, made.content)
        typer.echo(f"{out / made.name}: {made.count:,} lines, {made.total:,} yen")
        for left in made.left_out:
            typer.echo(f"  left out: notice {left.notice_number}, {left.installment}: {left.why}", err=True)


@app.command(name="list")
@command_action("payment.view", "ledger")
def list_(database: LedgerOwner = None) -> None:
    """List the batches on which something waits."""
    from kofu.ledger.payments.batches import list_batches

    with work_on(database) as work:
        for batch in list_batches(work.connection, work.profile.code, waiting=True):
            typer.echo(_line(batch))


def _line(batch: Batch) -> str:
    bad = f", {batch.bad_rows:,} bad" if batch.bad_rows else ""
    return f"{batch.state:9} {batch.booked_on} {batch.name}: {batch.rows:,} rows, {batch.total:,} yen{bad}"
