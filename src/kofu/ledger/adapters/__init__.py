"""Files, tables and clocks around the ledger's decisions."""
