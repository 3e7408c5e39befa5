"""Decisions of the collection ledger: values and pure functions."""
