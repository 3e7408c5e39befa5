"""What a promise is, what a look may find, and when what is written down by hand is overdue. Pure."""
