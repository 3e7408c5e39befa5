"""率の登録 on screen."""
