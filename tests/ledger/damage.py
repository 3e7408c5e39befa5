"""Damage to a sound file, as tests want it: bytes altered, dropped, doubled, cut."""

from __future__ import annotations

from hypothesis import strategies as st


@st.composite
def damaged(draw, sound: bytes) -> bytes:
    """Give `sound` with one to three damages."""
    data = bytearray(sound)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(len(data) - 1, 0)))
        kind = draw(st.sampled_from(("alter", "drop", "insert", "cut", "double")))
        if kind == "alter" and data:
            data[place] = draw(st.integers(0, 255))
        elif kind == "drop":
            del data[place : place + draw(st.integers(1, 130))]
        elif kind == "insert":
            data[place:place] = draw(st.binary(min_size=1, max_size=4))
        elif kind == "cut":
            del data[place:]
        else:
            data += data[place:]
    return bytes(data)
