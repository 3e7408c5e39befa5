"""Screens of banks."""
