"""Papers of the ledger: the press, the words and forms all of them share."""
