"""Text of a program's own that must fit a place: a cut shows.

Never for what a person wrote: a reason that is too long is refused (`four_eyes.require_reason`), for cut it would say
something else to who reads it.
"""

from __future__ import annotations

MORE = "…"


def shortened(text: str, length_max: int) -> str:
    """Give text in at most `length_max` characters; what was cut ends with `MORE`."""
    return text if len(text) <= length_max else text[: length_max - len(MORE)] + MORE
