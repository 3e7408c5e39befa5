"""Decisions of overpayments: values and pure functions."""
