"""A certificate made once more for the nightly re-check, with the second witness, whom no serving process loads."""

from __future__ import annotations

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import LastLookMismatch
from kofu.certificates.last_look.witness import witness
from kofu.certificates.make import make
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress


def make_again(order: CertificateOrder, press: CertificatePress) -> ReleasedCertificate:
    """Make a copy once more for the nightly re-check, and ask the second witness about it, too.

    Raises what `make` raises, and `LastLookMismatch` where PDFium reads another text than the facts say.
    """
    made = make(order, press)
    against = witness(order, made.pdf, press.certified)
    if against:
        raise LastLookMismatch(against)
    return made
