"""Measurements: what is fast enough, next to what else there is."""
