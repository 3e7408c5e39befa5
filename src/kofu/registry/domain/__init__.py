"""Decisions of the registry: pure."""
