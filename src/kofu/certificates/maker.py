"""What kiosk and counter are given to make a certificate with."""

from __future__ import annotations

from typing import Protocol

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.released import ReleasedCertificate


class Maker(Protocol):
    """Makes one copy and passes it through the last look: `kofu.certificates.make` bound to a press."""

    def __call__(self, order: CertificateOrder) -> ReleasedCertificate:
        """Give the released certificate. Raises `LastLookMismatch` where paper and facts differ."""
