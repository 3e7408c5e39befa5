"""The work of a night, and its page."""
