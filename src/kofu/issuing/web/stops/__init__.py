"""Stops of issuance (緊急停止): set by one person at once, lifted by two."""
