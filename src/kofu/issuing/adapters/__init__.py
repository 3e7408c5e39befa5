"""Files, HTTP clients, clock: what the use cases of issuing touch outside."""
