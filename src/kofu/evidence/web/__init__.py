"""The page of the evidence, in the screens of ledger and of issuing: each looks at its own part."""
