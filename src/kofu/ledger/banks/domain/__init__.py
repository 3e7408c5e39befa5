"""Decisions of banks: values and pure functions."""
