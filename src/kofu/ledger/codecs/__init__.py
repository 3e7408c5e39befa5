"""Files of the payment channels: bytes to frozen values and back. No database, no clock, no network."""
