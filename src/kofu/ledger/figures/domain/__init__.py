"""Decisions of figures: values and pure functions."""
