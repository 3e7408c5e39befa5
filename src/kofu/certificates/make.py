"""The one way to a certificate: compose, press, last look. Kiosk and counter both come through here."""

from __future__ import annotations

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import LastLookMismatch, take_last_look
from kofu.certificates.last_look.witness import witness
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress, render


def make(order: CertificateOrder, press: CertificatePress) -> ReleasedCertificate:
    """Make and release one copy. The bytes live in the return value and nowhere else (P1).

    Raises what `render` raises, and `LastLookMismatch` where the finished paper does not say what the facts say (P2).
    """
    code_keys = press.signer.published if press.signer is not None else ()
    return take_last_look(order, render(order, press), press.certified, code_keys=code_keys)


def make_again(order: CertificateOrder, press: CertificatePress) -> ReleasedCertificate:
    """Make a copy once more for the nightly re-check, and ask the second witness about it, too.

    Raises what `make` raises, and `LastLookMismatch` where PDFium reads another text than the facts say.
    """
    made = make(order, press)
    against = witness(order, made.pdf, press.certified)
    if against:
        raise LastLookMismatch(against)
    return made
