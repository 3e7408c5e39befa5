"""Decisions of holds: values and pure functions."""
