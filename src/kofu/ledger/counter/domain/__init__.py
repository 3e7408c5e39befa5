"""Decisions of counter: values and pure functions."""
