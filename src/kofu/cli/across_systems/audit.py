"""`kofu audit`: check the audit log, anchor it outside the database, prove single entries."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.across_systems import audit_months, audit_person
from kofu.cli.shared.declared import command_action, open_command
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault

app = typer.Typer(no_args_is_help=True, help="Check the audit log, anchor it outside the database, prove entries.")
for verb in (
    audit_months.archive,
    audit_months.restore,
    audit_months.expire,
    audit_person.person,
    audit_person.everywhere,
):
    app.command()(verb)
SHOWN = 100

System = Annotated[str, typer.Argument(help="issuing, registry, center or ledger.")]
Folder = Annotated[Path | None, typer.Option(help="Folder of the anchors; default KOFU_ANCHORS/SYSTEM.")]
Key = Annotated[Path | None, typer.Option(help="Key of the anchors (Ed25519, PEM); default VAR/keys/anchor.key.")]


@app.command()
@open_command("computes the record anew and changes nothing; who verifies needs no account of those who are verified")
def verify(system: System, anchors: Folder = None, key: Key = None) -> None:
    """Follow every chain and every anchor; exit code 1 where something cannot be.

    Where KOFU_WITNESS_URL names the witness, it is asked how much of the log it has seen.
    """
    import httpx
    import psycopg

    from kofu.platform.anchoring import WITNESS_SECONDS_MAX, key_file, rules_of, witness
    from kofu.platform.audit_anchor import checkpoints_in, seen_by_witness
    from kofu.platform.audit_note import read_note
    from kofu.platform.audit_verify import verify as check
    from kofu.platform.settings import anchors_dir, database_url

    with word_faults(system, head="kofu audit verify"):
        folder = anchors or anchors_dir(system)
        by, paths, seen = witness(), checkpoints_in(folder), None
        if paths and key is None and not key_file().is_file():
            raise OperatorFault(
                "no_anchor_key", f"{key_file()} is missing: name the key that signed the anchors: --key"
            )
        if by is not None and paths:
            try:
                with httpx.Client(timeout=WITNESS_SECONDS_MAX) as client:
                    seen = seen_by_witness(read_note(paths[-1].read_bytes()), by, client)
            except httpx.HTTPError as error:
                raise OperatorFault("witness_silent", f"the witness at {by.url} does not answer") from error
        with psycopg.connect(database_url(system)) as connection:
            report = check(connection, folder, rules_of(system, now=datetime.now(UTC), key=key, seen=seen))
    typer.echo(f"{system}: {report.entries:,} entries in {report.lanes} lanes, {report.anchors} anchors")
    for flaw in report.flaws[:SHOWN]:
        typer.echo(f"  lane {flaw.lane}, entry {flaw.sequence}: {flaw.what}", err=True)
    if not report.sound:
        typer.echo(f"{len(report.flaws)} flaws: what is changed or lost, or not anchored, is named above", err=True)
        raise typer.Exit(ExitCode.REFUSED)
    typer.echo("sound")


@app.command()
@command_action("audit.anchor")
def anchor(system: System, anchors: Folder = None, key: Key = None) -> None:
    """Make an anchor now and have it co-signed; keep copies where the database's administrators cannot reach."""
    import httpx
    import psycopg

    from kofu.platform.anchoring import anchor_now, place_of, witness
    from kofu.platform.settings import database_url

    with word_faults(system, head="kofu audit anchor"):
        by = witness()
        try:
            with psycopg.connect(database_url(system), autocommit=True) as connection:
                made = anchor_now(connection, place_of(system, folder=anchors, key=key), by)
        except httpx.HTTPError as error:
            raise OperatorFault("witness_silent", "the anchor is written; the witness does not answer") from error
    typer.echo(f"{made.path}{' co-signed' if made.witnessed else ''}")


@app.command("key")
@open_command("the public half of a key, to be given to a witness")
def show_key(system: System, key: Key = None) -> None:
    """Print the verifier key of a system's anchors: what a witness and everybody who verifies them needs."""
    from kofu.platform.anchoring import origin_of, place_of
    from kofu.platform.audit_note import LOG_KEY, NoteKey

    with word_faults(system, head="kofu audit key"):
        public = place_of(system, key=key).key.public_key()
        typer.echo(NoteKey.of(origin_of(system), LOG_KEY, public).text())


@app.command()
@command_action("audit.verify")
def prove(
    system: System,
    lane: Annotated[str, typer.Argument(help="Lane of the entry, as the record shows it.")],
    sequence: Annotated[int, typer.Argument(min=1, help="Its number in the lane.")],
    *,
    since: Annotated[int, typer.Option(min=0, help="Prove growth from the anchor of this many entries, too.")] = 0,
    anchors: Folder = None,
) -> None:
    """Print a proof that one entry is in the log, to be verified by anybody without the log (`kofu audit check`).

    An entry of a month that left the database is read from the month's file.
    """
    import psycopg

    from kofu.platform.audit_proof import prove_entry, prove_growth
    from kofu.platform.settings import anchors_dir, archive_dir, database_url

    with word_faults(system, head="kofu audit prove"), psycopg.connect(database_url(system)) as connection:
        folder = anchors or anchors_dir(system)
        typer.echo(prove_entry(connection, folder, lane, sequence, archive_dir(system)), nl=False)
        if since:
            typer.echo(f"\n{prove_growth(connection, folder, since)}", nl=False)


@app.command()
@open_command("checks a proof in a file, for whoever was given it")
def check(
    proof: Annotated[Path, typer.Argument(help="File with a proof, as `kofu audit prove` printed it.")],
    log_key: Annotated[str, typer.Option(help="Verifier key of the log (`kofu audit key`).")],
    witness: Annotated[str, typer.Option(help="Verifier key of a witness who must have co-signed.")] = "",
) -> None:
    """Verify a proof without database or network, and print the entry; exit code 1 where it proves nothing."""
    from kofu.platform.audit_note import NoteKey
    from kofu.platform.audit_proof import ProofWrongError, check_entry

    with word_faults("", head="kofu audit check"):
        try:
            entry = check_entry(proof.read_bytes(), NoteKey.read(log_key), NoteKey.read(witness) if witness else None)
        except ProofWrongError as wrong:
            typer.echo(f"proves nothing: {wrong}", err=True)
            raise typer.Exit(ExitCode.REFUSED) from wrong
    typer.echo(entry)
