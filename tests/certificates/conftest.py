"""What the tests of certificates share: the font and one press."""

from __future__ import annotations

from pathlib import Path

import pytest

from kofu.certificates.render import CertificatePress
from kofu.platform.fonts import find_font, read_font


@pytest.fixture(scope="session")
def font() -> Path:
    return find_font()


@pytest.fixture(scope="session")
def press(font) -> CertificatePress:
    return CertificatePress(read_font(font))
