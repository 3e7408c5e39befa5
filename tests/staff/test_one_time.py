"""One-time codes against the examples of the standard."""

from __future__ import annotations

import base64

import pytest

from kofu.staff.one_time import one_time_code

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("now", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(now, code):
    """RFC 6238, appendix B, SHA-1: the last six of its eight digits."""
    assert one_time_code(SECRET, now) == code
