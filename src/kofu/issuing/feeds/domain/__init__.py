"""Decisions of feeds: values and pure functions."""
