"""移行: the ledger of the system before, taken over and compared."""
