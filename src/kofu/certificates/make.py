"""The one way to a certificate: compose, press, last look. Kiosk and counter both come through here."""

from __future__ import annotations

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import take_last_look
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress, render


def make(order: CertificateOrder, press: CertificatePress) -> ReleasedCertificate:
    """Make and release one copy. The bytes live in the return value and nowhere else (P1).

    Raises what `render` raises, and `LastLookMismatch` where the finished paper does not say what the facts say (P2).
    """
    code_keys = press.signer.published if press.signer is not None else ()
    return take_last_look(order, render(order, press), press.certified, code_keys=code_keys)
