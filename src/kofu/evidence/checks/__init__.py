"""Looks every system shares: its record, its accounts, the permission table, its files, its endpoint, its jobs."""
