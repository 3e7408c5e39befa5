"""Decisions of payments: values and pure functions."""
