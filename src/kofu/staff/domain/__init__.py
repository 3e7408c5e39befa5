"""Decisions about accounts. Pure."""
