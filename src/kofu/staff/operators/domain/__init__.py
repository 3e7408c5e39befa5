"""Whether a session stands: pure."""
