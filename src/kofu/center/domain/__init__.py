"""Decisions of the centre: hours and limits. Pure."""
