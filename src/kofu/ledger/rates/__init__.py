"""率の登録: the rates of a calendar year, put in by one person and approved by another."""
