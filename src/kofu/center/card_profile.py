"""Whether a certificate is a 利用者証明用電子証明書 at all, by the authority's published profile and RFC 5280.

Source: J-LIS, 公的個人認証サービス プロファイル仕様書 3.2 (2026-03-31); what it leaves open is read by RFC 5280. A
holder's certificate needs neither basicConstraints (§4.2.1.9: absent, it is no authority's) nor extKeyUsage
(§4.2.1.12: absent, nothing is restricted); where they are there they must not speak against user authentication.
The policy decides which of the authority's two certificates lies on the reader: the one for signatures (署名用)
opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import msgspec
import msgspec.toml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, SignatureAlgorithmOID

from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault, PeerFault

RSA_BITS = range(2048, 4097)
CURVES = (ec.SECP256R1, ec.SECP384R1)
#: How the authority signs its certificates: SHA-256, with a key on P-384 SHA-384. SHA-1 proves nothing any more.
SIGNED_BY = frozenset(
    {
        SignatureAlgorithmOID.RSA_WITH_SHA256,
        SignatureAlgorithmOID.ECDSA_WITH_SHA256,
        SignatureAlgorithmOID.ECDSA_WITH_SHA384,
    }
)
#: Extensions that are read here. Another one that is critical makes a certificate unusable (RFC 5280 §4.2).
READ = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.KEY_USAGE,
    }
)
AUTHENTICATION = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
PUBLISHED = "card_policies.toml"

Extension = TypeVar("Extension", bound=x509.ExtensionType)
CardKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class Carrier(StrEnum):
    """What a certificate lives in (媒体)."""

    CARD = "card"
    ANDROID = "android"
    IPHONE = "iphone"


class CardPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}):
    """A certificate policy of user authentication, and the days certificates under it are issued on."""

    oid: str
    carrier: Carrier
    first: date
    last: date | None = None

    def covers(self, named: frozenset[str], issued_on: date) -> bool:
        """Whether a certificate that names these policies, issued on this day, is one of this kind."""
        return self.oid in named and self.first <= issued_on and (self.last is None or issued_on <= self.last)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    policy: tuple[CardPolicy, ...]


@dataclass(frozen=True, slots=True)
class CardProfile:
    """Which certificates open a session, by their content alone."""

    policies: tuple[CardPolicy, ...]

    @classmethod
    def read(cls, path: Path | None = None) -> CardProfile:
        """Read the policies: a file of the operator's, or the published ones. Raises `OperatorFault`."""
        try:
            text = (files("kofu.center") / PUBLISHED if path is None else path).read_text("utf-8")
            read = msgspec.toml.decode(text, type=_File).policy
            for policy in read:
                x509.ObjectIdentifier(policy.oid)
        except (OSError, ValueError, msgspec.DecodeError) as error:
            raise OperatorFault(
                "bad_card_policies",
                f"{path}: {error}; KOFU_CARD_POLICIES names a file like {PUBLISHED} (docs/how-to/card-reader.md)",
            ) from error
        if not read:
            raise OperatorFault("bad_card_policies", f"{path} names no policy: no card would be taken")
        return cls(read)

    def check(self, card: x509.Certificate) -> CardKey:
        """Give the key of a certificate that is one for user authentication.

        Raises `PeerFault` `certificate_not_for_this`, saying which rule it breaks; `ValueError` for what is unreadable.
        """
        if card.signature_algorithm_oid not in SIGNED_BY:
            raise _not_for_this("it is not signed with SHA-256")
        if any(extension.critical and extension.oid not in READ for extension in card.extensions):
            raise _not_for_this("it has a critical extension that nobody here understands")
        constraints = find_extension(card, x509.BasicConstraints)
        if constraints is not None and constraints.ca:
            raise _not_for_this("it is an authority's")
        usage = find_extension(card, x509.KeyUsage)
        if usage is None or not usage.digital_signature:
            raise _not_for_this("its key is not for digital signatures (keyUsage)")
        if usage.content_commitment or usage.key_cert_sign or usage.crl_sign:
            raise _not_for_this("its key is for more than authentication (keyUsage)")
        purposes = find_extension(card, x509.ExtendedKeyUsage)
        if purposes is not None and AUTHENTICATION.isdisjoint(purposes):
            raise _not_for_this("it is for another purpose (extKeyUsage)")
        named = find_extension(card, x509.CertificatePolicies)
        oids = frozenset(policy.policy_identifier.dotted_string for policy in named or ())
        issued_on = card.not_valid_before_utc.astimezone(JST).date()
        if not any(policy.covers(oids, issued_on) for policy in self.policies):
            raise _not_for_this("none of its policies is one of user authentication (certificatePolicies)")
        return _key(card)


def find_extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """Give an extension of a certificate, or None where it has none of the kind."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _key(card: x509.Certificate) -> CardKey:
    match card.public_key():
        case rsa.RSAPublicKey() as key if key.key_size in RSA_BITS:
            return key
        case ec.EllipticCurvePublicKey() as key if isinstance(key.curve, CURVES):
            return key
    raise _not_for_this("its key is neither RSA of 2048 to 4096 bits nor on P-256 or P-384")


def _not_for_this(why: str) -> PeerFault:
    return PeerFault("certificate_not_for_this", f"the certificate is not one for user authentication: {why}")
