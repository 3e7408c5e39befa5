"""Decisions of addressees: values and pure functions."""
