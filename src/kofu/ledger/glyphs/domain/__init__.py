"""Decisions of glyphs: values and pure functions."""
