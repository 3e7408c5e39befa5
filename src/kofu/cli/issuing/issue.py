"""`kofu issue`: issue one certificate from the command line, by the same use case as the kiosk's."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.accounts import second_person
from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.cli.shared.issuing_tools import database
from kofu.core.kinds import CertificateKind


@command_action("paper.issue", "issuing")
def issue(  # noqa: PLR0917 - each is an option of the command, given by name
    serial: Annotated[str, typer.Option(help="Serial of the card certificate (hexadecimal).")],
    kind: Annotated[CertificateKind, typer.Option(help="Kind of certificate.")] = CertificateKind.TAXATION,
    year: Annotated[int, typer.Option(help="Fiscal year (会計年度).")] = 0,
    copies: Annotated[int, typer.Option(min=1, max=10, help="How many copies.")] = 1,
    plate: Annotated[str | None, typer.Option(help="標識番号, for vehicle_inspection.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the PDF is written; without it, nowhere.")] = None,
    *,
    signed: Annotated[bool, typer.Option("--signed", help="Sign the file (PAdES), for delivery as a file.")] = False,
) -> None:
    """Issue one certificate; the PDF is written only where --out says, for its owner's eyes (mode 0600).

    Where papers are real a second person logs in beside the first. What it was for stands on record with the person.
    """
    from kofu.contracts.issuing import AnsweredBefore, CertificateRequest, Refused
    from kofu.core.calendar import day_in_japan
    from kofu.core.fiscal_year import fiscal_year_of
    from kofu.issuing.acting.who_acts import random_identity
    from kofu.issuing.checks.attest import require_registered_profile
    from kofu.issuing.requests.issue import issue_certificate
    from kofu.issuing.serving.runtime import issuer_from_environment
    from kofu.platform.settings import profile_path

    now = datetime.now(UTC)
    with database() as connection:
        issuer = issuer_from_environment(connection, lane="issuing-command", actor=operator().actor)
        require_registered_profile(connection, profile_path())
        if not issuer.profile.specimen:
            second_person("paper.issue")
        outcome = issue_certificate(
            connection,
            issuer,
            CertificateRequest(
                request_id=random_identity(),
                municipality_code=issuer.profile.code,
                serial=serial,
                kind=kind,
                fiscal_year=year or fiscal_year_of(day_in_japan(now)),
                copies=copies,
                kiosk_id="command",
                deadline=now + timedelta(seconds=30),
                plate_number=plate,
            ),
        )
    if isinstance(outcome, AnsweredBefore):  # a commit that took too long, of a request that was asked twice
        typer.echo(f"answered before: {outcome.code}", err=True)
        raise typer.Exit(ExitCode.REFUSED)
    if isinstance(outcome, Refused):
        typer.echo(f"refused: {outcome.code}\n{outcome.resident_text.ja}\n{outcome.next_step.ja}")
        raise typer.Exit(ExitCode.REFUSED)
    for copy, document in enumerate(outcome.documents, start=1):
        typer.echo(f"{outcome.title}  {document.certificate_number}  {document.pages} page(s)  {document.sha256}")
        if out is not None:
            target = out if copy == 1 else out.with_stem(f"{out.stem}-{copy}")
            with word_faults():
                _write(target, _signed(document.pdf, document.sha256) if signed else document.pdf)
            typer.echo(f"written to {target}")


def _write(target: Path, paper: bytes) -> None:
    """Write a paper for its owner's eyes, never over another file. Raises `FileExistsError`."""
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(paper)


def _signed(pdf: bytes, sha256: str) -> bytes:
    from kofu.certificates.digital import identity_at, read_identities, sign_document
    from kofu.core.profile import KeyStore
    from kofu.platform.message_keys import token_of_process
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path, var_dir

    folder = Path(os.environ.get("KOFU_DIGITAL_SIGNING", str(var_dir() / "digital-signing")))
    token = token_of_process() if load_profile(profile_path()).signing_keys is KeyStore.PKCS11 else None
    now = datetime.now(UTC)
    identity = identity_at(read_identities(folder, token), now)
    return sign_document(pdf, sha256, identity, reason="税証明書", signed_at=now)
