"""Verbs of the ledger (収納): taking over, nights, payments, days, refunds."""
