"""Decisions of checks: values and pure functions."""
