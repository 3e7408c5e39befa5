"""Verbs of issuing: feeds taken in, certificates issued, checked again and stopped."""
