"""Decisions of keyed: values and pure functions."""
