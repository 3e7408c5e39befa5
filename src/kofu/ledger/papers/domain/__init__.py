"""Decisions of papers: values and pure functions."""
