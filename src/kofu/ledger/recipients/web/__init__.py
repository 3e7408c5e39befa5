"""書類の送付先: 相続人代表者, 納税管理人, 送付先変更, and where each document goes."""
