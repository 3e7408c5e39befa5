"""Decisions of issuing: pure values and functions."""
