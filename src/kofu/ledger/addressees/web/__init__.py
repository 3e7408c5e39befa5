"""宛名: history, look-up of people outside the ward, persons the register does not have, merges."""
