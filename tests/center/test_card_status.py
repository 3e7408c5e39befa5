"""What the authority says of a certificate is believed where it said so, about this one, just now (RFC 6960)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.center.ocsp_clock import produced_at
from tests.center.published import NONCE, NOW, SECOND, THIRD, Holder, Issuer, Responder, key, taken

from kofu.center.card_status import ANSWER_AGE_MAX, CardStatus, CertificateStatus
from kofu.core.errors import PeerFault


def standing(answer: bytes, holder: Holder | None = None) -> CardStatus:
    return taken(holder or Holder(), SECOND, THIRD).status(answer, NONCE, NOW)


def unproven(answer: bytes, holder: Holder | None = None) -> str:
    with pytest.raises(PeerFault) as caught:
        standing(answer, holder)
    assert caught.value.code == "validity_unproven"
    return caught.value.message


@pytest.mark.parametrize(
    "responder",
    [
        Responder(),
        Responder(by_name=True),
        Responder(kind="p256"),
        Responder(delegated=False),
        Responder(delegated=False, by_name=True),
        Responder(hash=hashes.SHA512()),
    ],
    ids=["by key", "by name", "a key on P-256", "the authority itself", "the authority by name", "SHA-512"],
)
@pytest.mark.parametrize("nonce", [NONCE, None], ids=["our nonce", "no nonce"])
def test_an_answer_of_the_authority_or_of_whom_it_named_is_believed(responder: Responder, nonce: bytes | None) -> None:
    assert standing(responder.answer(Holder(), nonce=nonce)) == CardStatus(CertificateStatus.GOOD)


@pytest.mark.parametrize("age", [timedelta(0), ANSWER_AGE_MAX])
def test_an_answer_without_a_nonce_is_believed_for_ten_minutes(age: timedelta) -> None:
    assert timedelta(minutes=10) == ANSWER_AGE_MAX
    assert standing(Responder().answer(Holder(), age=age)).standing is CertificateStatus.GOOD
    assert standing(Responder().answer(Holder(), age=age, holds=None)).standing is CertificateStatus.GOOD


@pytest.mark.parametrize(
    "when",
    [
        {"age": ANSWER_AGE_MAX + timedelta(seconds=1)},
        {"age": timedelta(days=1), "holds": timedelta(days=7)},
        {"age": timedelta(minutes=5), "holds": timedelta(minutes=4)},
        {"age": -timedelta(minutes=3)},
        {"produced": NOW - timedelta(hours=1)},
        {"produced": NOW + timedelta(hours=1)},
    ],
    ids=[
        "older than ten minutes",
        "yesterday's for a week",
        "past its nextUpdate",
        "of the future",
        "made before",
        "made after",
    ],
)
def test_a_stale_answer_proves_nothing_even_with_our_nonce(when: dict[str, timedelta]) -> None:
    unproven(Responder().answer(Holder(), nonce=NONCE, **when))


@pytest.mark.parametrize(
    "responder",
    [
        Responder(purpose=ExtendedKeyUsageOID.CLIENT_AUTH),
        Responder(nocheck=False),
        Responder(last=NOW - timedelta(days=1)),
        Responder(first=NOW + timedelta(days=1)),
        Responder(issuer=SECOND),
        Responder(issuer=Issuer("stranger")),
    ],
    ids=["a card holder", "no nocheck", "expired", "not yet", "another issuer's", "a stranger's"],
)
def test_a_responder_the_authority_did_not_name_is_not_believed(responder: Responder) -> None:
    """RFC 6960 §4.2.2.2: named by the same key that issued the certificate in question, and for just that."""
    unproven(responder.answer(Holder(), nonce=NONCE))


def test_a_certificate_of_a_responder_does_not_lend_its_name_to_another_key() -> None:
    """The answer carries a good responder's certificate, and another key signed it."""
    good = Responder().answer(Holder(), nonce=NONCE)
    unproven(produced_at(good, NOW, key("thief")))


def test_an_answer_signed_with_sha1_proves_nothing() -> None:
    good = Responder().answer(Holder(), nonce=NONCE)
    unproven(produced_at(good, NOW, key("responder"), hashes.SHA1()))  # noqa: S303 - what is to be refused


def test_an_answer_about_another_certificate_proves_nothing() -> None:
    unproven(Responder().answer(Holder(), serial=0x0A1B2D, nonce=NONCE))


def test_an_answer_about_the_same_number_of_another_issuer_proves_nothing() -> None:
    unproven(Responder().answer(Holder(), about=SECOND, nonce=NONCE))


def test_an_answer_with_another_nonce_proves_nothing() -> None:
    unproven(Responder().answer(Holder(), nonce=b"o" * 16))


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()], ids=["SHA-1", "SHA-256"])  # noqa: S303 - a name
def test_an_answer_may_name_the_certificate_by_either_hash(algorithm: hashes.HashAlgorithm) -> None:
    """RFC 5019 §2.1.1 knows SHA-1 alone; it names, it proves nothing."""
    assert standing(Responder().answer(Holder(), certid=algorithm)).standing is CertificateStatus.GOOD


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [
        (ocsp.OCSPCertStatus.REVOKED, None, CardStatus(CertificateStatus.REVOKED)),
        (
            ocsp.OCSPCertStatus.REVOKED,
            x509.ReasonFlags.key_compromise,
            CardStatus(CertificateStatus.REVOKED, "key_compromise"),
        ),
        (
            ocsp.OCSPCertStatus.REVOKED,
            x509.ReasonFlags.certificate_hold,
            CardStatus(CertificateStatus.REVOKED, "certificate_hold"),
        ),
        (ocsp.OCSPCertStatus.UNKNOWN, None, CardStatus(CertificateStatus.UNKNOWN)),
    ],
)
def test_a_no_says_which_and_why(
    status: ocsp.OCSPCertStatus, reason: x509.ReasonFlags | None, said: CardStatus
) -> None:
    assert standing(Responder().answer(Holder(), status=status, reason=reason)) == said


@pytest.mark.parametrize("answer", [b"", b"x" * 100, Holder().certificate.public_bytes(serialization.Encoding.DER)])
def test_noise_is_no_answer(answer: bytes) -> None:
    unproven(answer)


@pytest.mark.parametrize("status", [ocsp.OCSPResponseStatus.TRY_LATER, ocsp.OCSPResponseStatus.UNAUTHORIZED])
def test_a_refusal_to_answer_is_no_answer(status: ocsp.OCSPResponseStatus) -> None:
    made = ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)
    assert "no answer" in unproven(made)
