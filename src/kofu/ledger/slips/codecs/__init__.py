"""Files of slips: bytes to frozen values and back. No database, no clock, no network."""
