"""Screens of one person: search, page, the entries behind a number."""
