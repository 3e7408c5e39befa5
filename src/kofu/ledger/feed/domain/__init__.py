"""Decisions of feed: values and pure functions."""
