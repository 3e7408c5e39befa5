"""Data generations and how fresh the feeds behind them are (P6, P7)."""
