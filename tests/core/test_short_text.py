"""A cut in a program's own text shows."""

from kofu.core.short_text import shortened


def test_text_that_fits_stays_and_a_cut_shows() -> None:
    assert shortened("納付書", 3) == "納付書"
    assert shortened("納付書の名", 3) == "納付…"
