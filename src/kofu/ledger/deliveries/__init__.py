"""What goes to the data-entry contractor and comes back."""
