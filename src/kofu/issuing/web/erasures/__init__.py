"""Screens of the erasures: what is to go, who signed, what went."""
