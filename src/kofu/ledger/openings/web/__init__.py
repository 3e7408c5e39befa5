"""Screens of the openings."""
