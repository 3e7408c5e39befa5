"""Files of assessments: bytes to frozen values and back. No database, no clock, no network."""
