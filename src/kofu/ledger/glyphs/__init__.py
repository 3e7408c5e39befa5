"""外字の登録: drawings of characters no font has, with their evidence, by two people."""
