"""The page of a person: owed, paid, moved, in time order."""
