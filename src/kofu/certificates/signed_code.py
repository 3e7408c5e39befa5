"""Signing what a paper states: which facts go into the code, and with which key. Off unless the profile has it on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from kofu.certificates.authenticity import CodeStatement, digest_of, sign_code
from kofu.certificates.code_facts import FACTS
from kofu.certificates.content import CertificateContent
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.signing_keys import PublicKey, SigningKey, read_public_keys, read_signing_keys, signing_on
from kofu.platform.settings import var_dir


@dataclass(frozen=True, slots=True)
class CodeSigner:
    """The ward's signing keys, and the published ones the last look verifies with."""

    keys: tuple[SigningKey, ...]
    published: tuple[PublicKey, ...]

    def code(self, order: CertificateOrder, content: CertificateContent) -> bytes:
        """Sign what the paper states. Raises `OperatorFault` where no key is in use on its date."""
        facts = tuple((label, content.fields[name]) for name, label in FACTS[order.kind] if content.fields.get(name))
        statement = CodeStatement(
            certificate_number=order.certificate_number,
            title=content.title,
            fiscal_year=order.fiscal_year,
            issued_on=order.as_of,
            office=order.authority.office,
            facts=facts,
            left_out=0,
            digest=digest_of(content.fields),
        )
        return sign_code(statement, signing_on(self.keys, order.as_of))


def signing_keys_dir() -> Path:
    """Folder of the signing keys: `KOFU_SIGNING_KEYS`, else `signing-keys` under `KOFU_VAR`."""
    named = os.environ.get("KOFU_SIGNING_KEYS")
    return Path(named).resolve() if named else var_dir() / "signing-keys"


def code_signer(*, wanted: bool) -> CodeSigner | None:
    """Read the keys where the profile wants codes, otherwise None. Raises `OperatorFault` for a key that is none."""
    if not wanted:
        return None
    folder = signing_keys_dir()
    return CodeSigner(read_signing_keys(folder), read_public_keys(folder))
