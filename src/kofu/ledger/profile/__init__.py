"""What a municipality decides for its ledger, and the rates and rules that hold for it."""
