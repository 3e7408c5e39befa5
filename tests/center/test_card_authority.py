"""Certificates are taken or refused by the authority's published profile, not by our stand-in's.

Source: J-LIS, 公的個人認証サービス プロファイル仕様書 3.2, and RFC 5280.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.center.published import (
    AUTHORITY,
    FIRST,
    NOW,
    PUBLISHED,
    SECOND,
    SIGNATURES,
    SIGNED,
    THIRD,
    USER_AUTHENTICATION,
    YEAR,
    Holder,
    Issuer,
    policies,
    taken,
    usage,
    with_,
)

from kofu.center.card_check import CardAuthority
from kofu.center.card_profile import CardPolicy, CardProfile, Carrier
from kofu.center.environment import card_authority
from kofu.core.errors import OperatorFault, PeerFault


def refused(holder: Holder, *issuers: Issuer, profile: CardProfile | None = None) -> str:
    with pytest.raises(PeerFault) as caught:
        taken(holder, *issuers, profile=profile)
    return caught.value.code


def test_a_certificate_of_the_published_profile_is_taken_without_basic_constraints_and_extended_key_usage() -> None:
    names = {type(extension).__name__ for extension, _ in PUBLISHED}
    assert names.isdisjoint({"BasicConstraints", "ExtendedKeyUsage"})
    assert taken(Holder()).issuer == THIRD.certificate


@pytest.mark.parametrize(
    "extension",
    [
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CLIENT_AUTH]), True),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (
            x509.CRLDistributionPoints([x509.DistributionPoint([x509.DirectoryName(AUTHORITY)], None, None, None)]),
            False,
        ),
    ],
    ids=["clientAuth", "several purposes", "no authority", "where the list of revoked ones is"],
)
def test_what_does_not_speak_against_authentication_is_taken(extension: tuple[x509.ExtensionType, bool]) -> None:
    assert taken(Holder(extensions=with_(extension)))


@pytest.mark.parametrize(
    "extension",
    [
        (policies(SIGNATURES), True),
        (policies("2.5.29.32.0"), True),
        (policies("1.2.392.200149.8.5.1.3.3"), True),
        (usage("digital_signature", "content_commitment"), True),
        (usage("key_agreement"), True),
        (usage("digital_signature", "key_cert_sign"), True),
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True),
    ],
    ids=[
        "the certificate for signatures",
        "any policy",
        "a policy that only begins alike",
        "a key for signatures that bind",
        "a key not for signatures",
        "a key that signs certificates",
        "an authority",
        "a server",
        "a critical extension nobody knows",
    ],
)
def test_what_is_not_for_user_authentication_is_refused(extension: tuple[x509.ExtensionType, bool]) -> None:
    assert refused(Holder(extensions=with_(extension))) == "certificate_not_for_this"


@pytest.mark.parametrize("missing", [x509.KeyUsage, x509.CertificatePolicies])
def test_what_does_not_say_that_it_is_for_user_authentication_is_refused(missing: type[x509.ExtensionType]) -> None:
    kept = tuple(pair for pair in PUBLISHED if not isinstance(pair[0], missing))
    assert refused(Holder(extensions=kept)) == "certificate_not_for_this"


@pytest.mark.parametrize("kind", ["rsa2048", "rsa4096", "p256", "p384"])
def test_keys_of_both_kinds_are_taken(kind: str) -> None:
    assert taken(Holder(kind=kind))


@pytest.mark.parametrize("kind", ["rsa1024", "p521"])
def test_keys_too_short_or_on_another_curve_are_refused(kind: str) -> None:
    assert refused(Holder(kind=kind)) == "certificate_not_for_this"


@pytest.mark.parametrize(("kind", "algorithm"), [("p384", hashes.SHA384())])
def test_a_key_on_p384_may_sign_with_sha384(kind: str, algorithm: hashes.HashAlgorithm) -> None:
    holder = Holder(kind=kind)
    authority = CardAuthority((THIRD.certificate,), CardProfile.read())
    certificate = holder.certificate.public_bytes(serialization.Encoding.DER)
    assert authority.check(certificate, holder.sign(algorithm), SIGNED, NOW)


@pytest.mark.parametrize("kind", ["rsa2048", "p256", "p384"])
def test_a_signature_over_something_else_is_wrong_whatever_the_key(kind: str) -> None:
    holder = Holder(kind=kind)
    authority = CardAuthority((THIRD.certificate,), CardProfile.read())
    certificate = holder.certificate.public_bytes(serialization.Encoding.DER)
    with pytest.raises(PeerFault) as caught:
        authority.check(certificate, holder.sign(), b"another challenge", NOW)
    assert caught.value.code == "signature_wrong"


STRANGER = Issuer("stranger")
OVER = (NOW - YEAR, NOW - timedelta(seconds=1))
FOR_SIGNATURES = with_((policies(SIGNATURES), True))
NOT_SIGNED = b"another challenge"


@pytest.mark.parametrize(
    ("issuer", "period", "extensions", "signed", "code"),
    [
        (STRANGER, OVER, FOR_SIGNATURES, NOT_SIGNED, "certificate_foreign"),
        (THIRD, OVER, FOR_SIGNATURES, NOT_SIGNED, "certificate_expired"),
        (THIRD, (NOW - YEAR, NOW + YEAR), FOR_SIGNATURES, NOT_SIGNED, "certificate_not_for_this"),
        (THIRD, (NOW - YEAR, NOW + YEAR), PUBLISHED, NOT_SIGNED, "signature_wrong"),
    ],
    ids=["authority", "period", "profile", "signature"],
)
def test_of_several_wrongs_the_first_is_named_authority_period_profile_signature(
    issuer: Issuer,
    period: tuple[datetime, datetime],
    extensions: tuple[tuple[x509.ExtensionType, bool], ...],
    signed: bytes,
    code: str,
) -> None:
    holder = Holder(issuer=issuer, first=period[0], last=period[1], extensions=extensions)
    certificate = holder.certificate.public_bytes(serialization.Encoding.DER)
    with pytest.raises(PeerFault) as caught:
        CardAuthority((THIRD.certificate,), CardProfile.read()).check(certificate, holder.sign(), signed, NOW)
    assert caught.value.code == code


def test_an_authority_with_a_key_on_p384_is_believed() -> None:
    issuer = Issuer("next", "p384")
    assert taken(Holder(issuer=issuer, kind="p384", hash=hashes.SHA384()), issuer)


def test_a_certificate_signed_with_another_hash_than_the_profile_names_is_refused() -> None:
    assert refused(Holder(hash=hashes.SHA512())) == "certificate_not_for_this"


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (NOW - YEAR, NOW - timedelta(seconds=1), "certificate_expired"),
        (NOW + timedelta(seconds=1), NOW + YEAR, "certificate_not_yet_valid"),
    ],
)
def test_outside_its_period_it_is_refused_to_the_second(first: datetime, last: datetime, code: str) -> None:
    assert refused(Holder(first=first, last=last)) == code
    assert taken(Holder(first=min(first, NOW), last=max(last, NOW)))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1".zfill(32)),
        (0x0A1B2C, "0a1b2c".zfill(32)),
        (0xFF << 120, "ff" + "0" * 30),
        ((1 << 159) - 1, "7" + "f" * 39),
    ],
)
def test_a_serial_number_has_one_text(number: int, text: str) -> None:
    """A leading zero octet (a first bit that is set, X.690 §8.3) is the sign's, not the number's."""
    assert taken(Holder(serial=number)).serial == text


@pytest.mark.parametrize("issuer", [SECOND, THIRD], ids=["second", "third"])
@pytest.mark.parametrize("names_key", [True, False], ids=["by key id", "by signature alone"])
def test_each_issuer_of_a_bundle_is_found(issuer: Issuer, names_key: bool) -> None:  # noqa: FBT001 - parametrized
    proven = taken(Holder(issuer=issuer, names_key=names_key), FIRST, SECOND, THIRD)
    assert proven.issuer == issuer.certificate


def test_a_issuer_that_is_over_takes_its_cards_along_and_no_others() -> None:
    bundle = (FIRST, SECOND, THIRD)
    assert refused(Holder(issuer=FIRST), *bundle) == "certificate_expired"
    assert taken(Holder(issuer=SECOND), *bundle)


def test_a_issuer_renewed_with_its_key_counts_by_the_longer_certificate() -> None:
    before = Issuer("third", first=NOW - 5 * YEAR, last=NOW - YEAR)
    for bundle in ((before, THIRD), (THIRD, before)):
        assert taken(Holder(), *bundle).issuer == THIRD.certificate


def test_a_issuer_not_in_the_bundle_is_another_authority() -> None:
    assert refused(Holder(issuer=THIRD), FIRST, SECOND) == "certificate_foreign"


def test_a_certificate_that_names_our_key_and_was_signed_by_another_is_tampered() -> None:
    stranger = Issuer("stranger")
    named = x509.AuthorityKeyIdentifier.from_issuer_public_key(THIRD.key.public_key())
    holder = Holder(issuer=stranger, names_key=False, extensions=(*PUBLISHED, (named, False)))
    assert refused(holder) == "certificate_tampered"


@pytest.mark.parametrize("content", [b"", b"nothing", Holder().certificate.public_bytes(serialization.Encoding.PEM)])
def test_a_bundle_without_an_authority_says_what_to_do(tmp_path, content: bytes) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(content)
    with pytest.raises(OperatorFault) as caught:
        CardAuthority.read(path, CardProfile.read())
    assert caught.value.code == "no_card_authority"
    assert str(path) in str(caught.value)


def test_a_phones_policy_is_taken_where_the_operator_names_it(tmp_path) -> None:
    """35条の2 certificates have policies of their own; ours come from the operator's file, with the day they begin."""
    phone = "1.2.392.200149.8.5.1.3.999"
    path = tmp_path / "policies.toml"
    path.write_text(f'[[policy]]\noid = "{phone}"\ncarrier = "android"\nfrom = 2023-05-11\n')
    profile = CardProfile.read(path)
    holder = Holder(extensions=with_((policies(phone), True)))
    assert taken(holder, profile=profile)
    assert refused(holder) == "certificate_not_for_this"


def test_the_environment_names_the_authoritys_certificates_and_the_policies(tmp_path, monkeypatch) -> None:
    """KOFU_CARD_AUTHORITY: all issuers in one file; KOFU_CARD_POLICIES: in the place of the published ones."""
    bundle, phones = tmp_path / "authority.pem", tmp_path / "policies.toml"
    bundle.write_bytes(b"".join(one.certificate.public_bytes(serialization.Encoding.PEM) for one in (SECOND, THIRD)))
    phones.write_text('[[policy]]\noid = "1.2.392.200149.8.5.1.3.999"\ncarrier = "iphone"\nfrom = 2025-06-24\n')
    monkeypatch.setenv("KOFU_CARD_AUTHORITY", str(bundle))
    monkeypatch.delenv("KOFU_CARD_POLICIES", raising=False)
    plain = card_authority()
    assert plain.issuers == (SECOND.certificate, THIRD.certificate)
    assert [(one.oid, one.carrier) for one in plain.profile.policies] == [(USER_AUTHENTICATION, Carrier.CARD)]
    monkeypatch.setenv("KOFU_CARD_POLICIES", str(phones))
    assert [one.carrier for one in card_authority().profile.policies] == [Carrier.IPHONE]


@pytest.mark.parametrize(("issued", "counts"), [(date(2025, 3, 31), True), (date(2025, 4, 1), False)])
def test_a_policy_counts_by_the_day_of_issue_in_japan(issued: date, counts: bool) -> None:  # noqa: FBT001 - parametrized
    policy = CardPolicy(USER_AUTHENTICATION, Carrier.CARD, date(2016, 1, 1), date(2025, 3, 31))
    midnight = datetime(issued.year, issued.month, issued.day, tzinfo=UTC) - timedelta(hours=9)
    holder = Holder(first=midnight)
    profile = CardProfile((policy,))
    assert bool(taken(holder, profile=profile)) if counts else refused(holder, profile=profile)


@pytest.mark.parametrize(
    "text",
    ["", "policy = 1", '[[policy]]\noid = "no oid"\ncarrier = "card"\nfrom = 2016-01-01', "[[policy]]\ncarrier = 'x'"],
)
def test_a_file_of_policies_that_cannot_be_read_is_the_operators(tmp_path, text: str) -> None:
    path = tmp_path / "policies.toml"
    path.write_text(text)
    with pytest.raises(OperatorFault) as caught:
        CardProfile.read(path)
    assert caught.value.code == "bad_card_policies"
