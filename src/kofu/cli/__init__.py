"""The `kofu` command: one verb per thing an operator does."""
