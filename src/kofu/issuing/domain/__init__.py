"""Decisions of the issuing system: values and pure functions, no clock, no database."""
