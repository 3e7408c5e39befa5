"""Decisions of the kiosk: which screen follows which. Pure."""
