"""Decisions of taking over: values and pure functions."""
