"""Verbs of the registry: holds put and sent, its stand-in filled."""
