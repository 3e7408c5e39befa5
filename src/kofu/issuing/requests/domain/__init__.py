"""Decisions of requests: values and pure functions."""
