"""Decisions of acting: values and pure functions."""
