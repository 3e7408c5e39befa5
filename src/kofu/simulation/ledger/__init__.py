"""The ledger under faults: files, tills, decisions, refunds of a made ward through the real use cases, by one seed."""
