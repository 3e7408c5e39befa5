"""A request for a certificate, from the facts to the paper or the refusal, and what became of it."""
