"""What the tests of the proof share: one press, made once."""

from __future__ import annotations

import pytest

from kofu.certificates.render import CertificatePress
from kofu.platform.fonts import ensure_font, read_font


@pytest.fixture(scope="session")
def press() -> CertificatePress:
    return CertificatePress(read_font(ensure_font()))
