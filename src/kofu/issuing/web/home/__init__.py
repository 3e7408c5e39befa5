"""The first page after login: what waits."""
