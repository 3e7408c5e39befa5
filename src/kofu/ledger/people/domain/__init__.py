"""Decisions of people: values and pure functions."""
