"""Facts and form to the paper's bytes."""
