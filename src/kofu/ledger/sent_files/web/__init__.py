"""送ったファイル: what went out, by when it is answered, what is overdue."""
