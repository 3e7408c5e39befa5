"""Decisions of cases: values and pure functions."""
