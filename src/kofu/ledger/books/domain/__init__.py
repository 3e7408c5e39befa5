"""Decisions of books: values and pure functions."""
