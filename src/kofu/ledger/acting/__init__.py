"""Who acts, in which lane, when and about whom; and the one audit line of a use case."""
