"""Decisions about accounts and about the record. Pure."""
