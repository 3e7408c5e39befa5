"""交付の抑止 set by the ledger: recorded, sent, given up."""
