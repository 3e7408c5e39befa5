"""What reading a message of another raises where it is none: malformed, not of the contract, or no UTF-8."""

from __future__ import annotations

from typing import Final

import msgspec

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError)
"""msgspec lets a text that is no UTF-8 go as `UnicodeDecodeError`, which is none of its own errors."""
