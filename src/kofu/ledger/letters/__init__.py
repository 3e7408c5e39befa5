"""Letters as a batch: one file in the order of the post."""
