"""Verbs that work on any system, or carry something from one to another."""
