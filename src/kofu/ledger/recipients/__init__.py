"""書類の送付先: who receives for a person: heirs, their representative, 納税管理人, forwarding."""
