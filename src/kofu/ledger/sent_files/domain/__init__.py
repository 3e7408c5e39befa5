"""Decisions of sent files: values and pure functions."""
