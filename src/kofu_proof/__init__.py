"""Decides over a history of kofu whether anything in it must not be: independent of the product's code.

Nothing of `kofu` is imported here, held by import-linter. What is known of the product are its published file formats:
the feeds, the audit log, and the history folder (`docs/how-to/check-a-history.md`).
"""
