"""Decisions of debit: values and pure functions."""
