"""納付書: made, printed, with what its code carries."""
