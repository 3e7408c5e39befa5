"""外字の登録 on screen."""
