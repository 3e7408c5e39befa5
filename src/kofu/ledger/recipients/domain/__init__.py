"""Decisions of recipients: values and pure functions."""
