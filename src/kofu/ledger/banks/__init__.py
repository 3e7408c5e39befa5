"""金融機関 and accounts: their names by code, and accounts that can hardly exist."""
