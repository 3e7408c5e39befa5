"""An authority of the published profile, for tests: its issuers, holders, and who answers for it.

Source: J-LIS, 公的個人認証サービス プロファイル仕様書 3.2; RFC 5280 for certificates, RFC 6960 for answers about them.
Keys, certificates and answers are made without `kofu.registry`: what is tried here is the profile, not our stand-in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tests.center.ocsp_clock import produced_at

from kofu.center.card_check import CardAuthority, ProvenCard
from kofu.center.card_profile import CardProfile

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
YEAR = timedelta(days=365)
NONCE = b"n" * 16
SIGNED = b"challenge"
USER_AUTHENTICATION = "1.2.392.200149.8.5.1.3.30"
SIGNATURES = "1.2.392.200149.8.5.1.1.20"  # 署名用
AUTHORITY = x509.Name(
    [x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TEST JPKI")]
)
HOLDER = x509.Name(
    [x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.COMMON_NAME, "20260401TEST")]
)
RESPONDER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST OCSP")])
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def key(name: str, kind: str = "rsa2048") -> Key:
    """Make a key once for all tests; each name has its own."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("rsa")))
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}[kind])


def usage(*names: str) -> x509.KeyUsage:
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign"
    )
    flags = {name: name in names for name in [*every.split(), "encipher_only", "decipher_only"]}
    return x509.KeyUsage(**flags)


def policies(*oids: str) -> x509.CertificatePolicies:
    cps = ["http://www.jpki.go.jp/cps.html"]
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), cps) for oid in oids])


def build(subject: x509.Name, public: Key, *, first: datetime, last: datetime, serial: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(AUTHORITY)
        .public_key(public.public_key())
        .serial_number(serial)
        .not_valid_before(first)
        .not_valid_after(last)
    )


@dataclass(frozen=True)
class Issuer:
    """A issuer of the authority: all bear the same name, each has its own key."""

    name: str = "third"
    kind: str = "rsa2048"
    first: datetime = NOW - 3 * YEAR
    last: datetime = NOW + 7 * YEAR

    @property
    def key(self) -> Key:
        return key(f"issuer {self.name}", self.kind)

    @property
    def certificate(self) -> x509.Certificate:
        return (
            build(AUTHORITY, self.key, first=self.first, last=self.last, serial=1)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage("key_cert_sign", "crl_sign"), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )


THIRD = Issuer()
SECOND = Issuer("second", first=NOW - 8 * YEAR, last=NOW + 2 * YEAR)
FIRST = Issuer("first", first=NOW - 11 * YEAR, last=NOW - YEAR)
#: What the published profile writes into a holder's certificate, beside names of places.
PUBLISHED: tuple[tuple[x509.ExtensionType, bool], ...] = (
    (usage("digital_signature"), True),
    (policies(USER_AUTHENTICATION), True),
    (x509.IssuerAlternativeName([x509.DirectoryName(AUTHORITY)]), False),
)


@dataclass(frozen=True)
class Holder:
    """A card: its certificate as the published profile makes it, unless a test says otherwise."""

    issuer: Issuer = THIRD
    kind: str = "rsa2048"
    serial: int = 0x0A1B2C
    first: datetime = NOW - YEAR
    last: datetime = NOW + 4 * YEAR
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = PUBLISHED
    names_key: bool = True
    hash: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)

    @property
    def key(self) -> Key:
        return key("holder", self.kind)

    @property
    def certificate(self) -> x509.Certificate:
        made = build(HOLDER, self.key, first=self.first, last=self.last, serial=self.serial)
        for extension, critical in self.extensions:
            made = made.add_extension(extension, critical=critical)
        if self.names_key:
            named = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuer.key.public_key())
            made = made.add_extension(named, critical=False)
        return made.sign(self.issuer.key, self.hash)

    def sign(self, hash_algorithm: hashes.HashAlgorithm | None = None) -> bytes:
        algorithm = hash_algorithm or hashes.SHA256()
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(SIGNED, padding.PKCS1v15(), algorithm)
        return self.key.sign(SIGNED, ec.ECDSA(algorithm))


def with_(*changed: tuple[x509.ExtensionType, bool]) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    """The published extensions, with some put in the place of those of their kind, or added."""
    kinds = {type(extension) for extension, _ in changed}
    return (*(pair for pair in PUBLISHED if type(pair[0]) not in kinds), *changed)


def taken(holder: Holder, *issuers: Issuer, profile: CardProfile | None = None) -> ProvenCard:
    """Check a holder's certificate against a bundle of issuers. Raises what the check raises."""
    bundle = "".join(one.certificate.public_bytes(serialization.Encoding.PEM).decode() for one in issuers or (THIRD,))
    authority = CardAuthority(tuple(x509.load_pem_x509_certificates(bundle.encode())), profile or CardProfile.read())
    certificate = holder.certificate.public_bytes(serialization.Encoding.DER)
    return authority.check(certificate, holder.sign(), SIGNED, NOW)


@dataclass(frozen=True)
class Responder:
    """Who answers: the issuer itself, or a responder it named (RFC 6960 §4.2.2.2)."""

    issuer: Issuer = THIRD
    delegated: bool = True
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.OCSP_SIGNING
    nocheck: bool = True
    first: datetime = NOW - YEAR
    last: datetime = NOW + YEAR
    kind: str = "rsa2048"
    by_name: bool = False
    hash: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)

    @property
    def certificate(self) -> x509.Certificate:
        if not self.delegated:
            return self.issuer.certificate
        made = build(RESPONDER, key("responder", self.kind), first=self.first, last=self.last, serial=7)
        made = made.add_extension(x509.ExtendedKeyUsage([self.purpose]), critical=False)
        if self.nocheck:
            made = made.add_extension(x509.OCSPNoCheck(), critical=False)
        return made.sign(self.issuer.key, hashes.SHA256())

    def answer(
        self,
        holder: Holder,
        *,
        about: Issuer | None = None,
        serial: int | None = None,
        status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
        reason: x509.ReasonFlags | None = None,
        age: timedelta = timedelta(0),
        holds: timedelta | None = timedelta(minutes=30),
        nonce: bytes | None = None,
        certid: hashes.HashAlgorithm | None = None,
        produced: datetime | None = None,
    ) -> bytes:
        subject = holder if serial is None else Holder(serial=serial, issuer=holder.issuer)
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        made = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=subject.certificate,
                issuer=(about or holder.issuer).certificate,
                algorithm=certid or hashes.SHA1(),  # noqa: S303 - it names (RFC 5019 §2.1.1), it proves nothing
                cert_status=status,
                this_update=NOW - age,
                next_update=None if holds is None else NOW - age + holds,
                revocation_time=NOW - YEAR if revoked else None,
                revocation_reason=reason,
            )
            .responder_id(
                ocsp.OCSPResponderEncoding.NAME if self.by_name else ocsp.OCSPResponderEncoding.HASH, self.certificate
            )
        )
        if self.delegated:
            made = made.certificates([self.certificate])
        if nonce is not None:
            made = made.add_extension(x509.OCSPNonce(nonce), critical=False)
        signer = key("responder", self.kind) if self.delegated else self.issuer.key
        signed = made.sign(signer, self.hash).public_bytes(serialization.Encoding.DER)
        return produced_at(signed, NOW - age if produced is None else produced, signer, self.hash)
