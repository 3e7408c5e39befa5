"""Decisions of profile: values and pure functions."""
