"""日次連携: what the ledger states of everybody, judged before it leaves, whole or not at all."""
