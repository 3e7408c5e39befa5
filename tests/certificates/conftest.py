"""What the tests of certificates share: the font and one press."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kofu.certificates.render import CertificatePress


@pytest.fixture(scope="session")
def font() -> Path:
    return Path(os.environ.get("KOFU_FONT_DIR", "/usr/share/fonts/truetype/ipamj")) / "ipamjm.ttf"


@pytest.fixture(scope="session")
def press(font) -> CertificatePress:
    return CertificatePress(font)
