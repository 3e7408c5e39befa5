"""Cases (調査票): what must be explained, closed by two people (P9)."""
