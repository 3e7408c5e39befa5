"""Decisions of deliveries: values and pure functions."""
