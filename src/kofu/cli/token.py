"""`kofu token …`: keys that live in a token (PKCS#11), for the ceremony that makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.declared import command_action
from kofu.cli.shared.faults import word_faults

app = typer.Typer(no_args_is_help=True, help="Signing keys in a token (PKCS#11): docs/how-to/key-ceremony.md.")

Label = Annotated[str, typer.Argument(metavar="KEY", help="Label of the key in the token, such as seal-2027.")]


@app.command("new-key")
@command_action("code_key.make", "issuing")
def new_key(
    key: Label,
    *,
    messages: Annotated[
        bool, typer.Option("--messages", help="For feeds and anchors (Ed25519), not for papers (P-256).")
    ] = False,
) -> None:
    """Make a key in the token. It can sign there and never be read, by nobody."""
    from kofu.platform.message_keys import token_of_process

    with word_faults():
        token = token_of_process()
        if messages:
            token.make_message_key(key)
            typer.echo(
                f"{key} is in token {token.label}; write pkcs11:{key} into the key's file, such as keys/anchor.key"
            )
            return
        token.make_key(key)
    typer.echo(f"{key} is in token {token.label}; ask the authority for its certificate by `kofu token request {key}`")


@app.command()
@command_action("code_key.make", "issuing")
def request(
    key: Label,
    name: Annotated[str, typer.Option(help="Who certifies, as the certificate shall say: 東京都見本区長.")],
    out: Annotated[Path, typer.Option(help="The request to write (PKCS#10, PEM).", dir_okay=False)],
) -> None:
    """Write the request for a certificate of a key, signed by the key itself in the token."""
    from kofu.platform.message_keys import token_of_process
    from kofu.platform.token_request import certificate_request

    with word_faults():
        out.write_bytes(certificate_request(token_of_process(), key, name))
    typer.echo(f"{out}: hand it to the authority; lay the chain it returns as {key}.chain.pem")
