"""`kofu code …`: keys of the signed code, revoked certificates, the page that verifies without a server."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.databases import LedgerOwner, Rights, opened, owner_url
from kofu.cli.shared.declared import command_action, open_command, operator
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import OperatorFault

YEAR_DAYS = 364
REVOKED = "revoked.json"
PUBLISHED = "revocations.json"
EXAMPLE = "20261123-139998-000000001"

app = typer.Typer(no_args_is_help=True, help="The signed code on certificates: keys, revocations, verification.")


@app.command("new-key")
@command_action("code_key.make", "ledger", "issuing")
def new_key(
    begins: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; default today.")] = None,
    ends: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; default a year.")] = None,
    in_token: Annotated[
        str, typer.Option("--in-token", help="Make it in the token (PKCS#11), under this label, instead of a file.")
    ] = "",
) -> None:
    """Make a signing key for some days. Running processes know it after their next start."""
    from kofu.certificates.signed_code import signing_keys_dir
    from kofu.certificates.signing_keys import make_signing_key

    first = begins.date() if begins else _today()
    last = ends.date() if ends else first + timedelta(days=YEAR_DAYS)
    with word_faults():
        key = make_signing_key(signing_keys_dir(), first, last, in_token=in_token)
    where = f"the token under {in_token}, named in {signing_keys_dir()}" if in_token else signing_keys_dir()
    typer.echo(f"key {key.key_id.hex()} signs from {first} to {last}; it lies in {where}")


@app.command()
@command_action("paper.revoke", "ledger", "issuing")
def revoke(
    numbers: Annotated[list[str] | None, typer.Argument(metavar="[NUMBER…]", help="発行番号 to revoke.")] = None,
    database: LedgerOwner = None,
    *,
    voided_at_counter: Annotated[
        bool, typer.Option("--voided-at-counter", help="Also every paper that was voided at a counter, by its day.")
    ] = False,
) -> None:
    """Revoke certificates by number, or those the counters voided, and write the signed list to publish."""
    import msgspec

    from kofu.certificates.domain.numbers import municipality_of, series_of
    from kofu.certificates.revocations import RevocationList, RevokedNumber, sign_list
    from kofu.certificates.signed_code import signing_keys_dir
    from kofu.certificates.signing_keys import read_signing_keys, signing_on
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    with word_faults("ledger"):
        code = load_profile(profile_path()).code
        wanted = [(number, _today()) for number in numbers or ()]
        for number, _ in wanted:
            if series_of(number) is None:
                raise OperatorFault("no_certificate_number", f"{number} is no 発行番号 like {EXAMPLE}")
            if municipality_of(number) != code:
                raise OperatorFault("not_of_here", f"{number} is another municipality's paper, not one of {code}")
        if not wanted and not voided_at_counter:
            raise OperatorFault("nothing_to_revoke", "name 発行番号, or ask for --voided-at-counter")
        if voided_at_counter:
            wanted += _voided(database, code)
        folder = signing_keys_dir()
        key = signing_on(read_signing_keys(folder), _today())
        stored = folder / REVOKED
        try:
            known = msgspec.json.decode(stored.read_bytes(), type=list[RevokedNumber]) if stored.exists() else []
        except UNREADABLE as error:
            raise OperatorFault("bad_revocations", f"{stored}: {error}; bring it back from its backup") from error
        there = {one.certificate_number for one in known}
        new = {number: day for number, day in reversed(wanted) if number not in there}
        known += [RevokedNumber(number, new[number]) for number in sorted(new)]
        signed = sign_list(RevocationList(code, datetime.now(UTC), tuple(known)), key)
        _record_people(code, [number for number, _ in wanted])  # before anything is written, after all was looked at
        stored.write_bytes(msgspec.json.encode(known))
        (folder / PUBLISHED).write_bytes(signed)
    typer.echo(f"{len(new)} new, {len(known)} revoked; publish {folder / PUBLISHED} and the page (`kofu code page`)")


def _record_people(code: str, numbers: list[str]) -> None:
    """Put on record whose papers are revoked, of those the system made in which the session stands."""
    from kofu.cli.shared.people_on_record import concerned
    from kofu.issuing.requests.behind_requests import people_of_papers
    from kofu.ledger.counter.read import people_of_counter_papers

    system = operator().system
    read = people_of_counter_papers if system == "ledger" else people_of_papers
    with opened(system, Rights.ROLE, leaves=ExitCode.REFUSED) as connection:
        concerned(connection, "paper.revoke", code, read(connection, code, numbers))


def _voided(database: str | None, code: str) -> list[tuple[str, date]]:
    """Numbers of papers the counters voided."""
    import psycopg

    from kofu.ledger.counter.read import voided_numbers

    with psycopg.connect(owner_url("ledger", database)) as connection:
        return voided_numbers(connection, code)


@app.command()
@open_command("public keys and revoked numbers, to be published")
def page(out: Annotated[Path, typer.Option(help="The HTML file to write.", dir_okay=False)]) -> None:
    """Write the verification page with today's public keys and revocations in it: one file, no server."""
    from kofu.certificates.code_page import write_page
    from kofu.certificates.signed_code import signing_keys_dir
    from kofu.certificates.signing_keys import read_public_keys
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    with word_faults():
        folder = signing_keys_dir()
        keys = read_public_keys(folder)
        if not keys:
            raise OperatorFault("no_signing_key", f"{folder} holds no public key: the page would believe no paper")
        published = folder / PUBLISHED
        out.write_text(
            write_page(
                load_profile(profile_path()).name,
                keys,
                published.read_bytes() if published.exists() else b"",
                made_at=datetime.now(UTC),
            ),
            encoding="utf-8",
        )
        out.chmod(0o644)  # it is published
    typer.echo(f"written to {out}")


@app.command()
@open_command("reads the paper in the hand of who runs it, and looks nobody up")
def check(
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="Scan or photo of the front.", dir_okay=False)],
) -> None:
    """Verify the code of a scanned front and say what the ward certified. Exit code 1 where it does not hold."""
    import zxingcpp
    from PIL import Image

    from kofu.certificates.authenticity import MAGIC, CodeRefused, from_text, read_code
    from kofu.certificates.revocations import read_list
    from kofu.certificates.signed_code import signing_keys_dir
    from kofu.certificates.signing_keys import read_public_keys

    with word_faults():
        folder = signing_keys_dir()
        keys = read_public_keys(folder)
        try:
            with Image.open(picture) as opened:
                found = zxingcpp.read_barcodes(opened.convert("L"))
        except (OSError, ValueError):
            typer.echo(f"{picture} cannot be read as a picture", err=True)
            raise typer.Exit(ExitCode.CANNOT) from None
        codes = [one.text for one in found if one.text.startswith(MAGIC.decode("ascii"))]
        if len(codes) != 1:
            typer.echo(f"{len(codes)} codes of a certificate found")
            raise typer.Exit(ExitCode.REFUSED)
        try:
            statement = read_code(from_text(codes[0]), keys)
        except CodeRefused as error:
            typer.echo(str(error))
            raise typer.Exit(ExitCode.REFUSED) from None
        published = folder / PUBLISHED
        known = read_list(published.read_bytes(), keys) if published.exists() else None
    revoked = known.revoked_on(statement.certificate_number) if known else None
    typer.echo(f"{statement.title} {statement.certificate_number}, {statement.issued_on}, {statement.office}")
    for label, value in statement.facts:
        typer.echo(f"  {label}  {value}")
    if statement.left_out:
        typer.echo(f"  and {statement.left_out} more facts that did not fit")
    if revoked is not None:
        typer.echo(f"REVOKED on {revoked}")
        raise typer.Exit(ExitCode.REFUSED)


def _today() -> date:
    from kofu.core.calendar import day_in_japan

    return day_in_japan(datetime.now(UTC))
