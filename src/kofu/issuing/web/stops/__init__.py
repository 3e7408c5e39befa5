"""Stops of issuance (発行停止): set by one person at once, lifted by two."""
