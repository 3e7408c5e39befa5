"""Sets of drawn glyphs (外字) as the ledger handed them over: taken, kept, used."""
