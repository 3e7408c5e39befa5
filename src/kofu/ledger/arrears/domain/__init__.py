"""Decisions of arrears: values and pure functions."""
