"""A synthetic ward of any size, deterministic from a seed. Everybody in it is invented."""
