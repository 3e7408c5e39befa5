"""窓口での証明書の交付: the form, what the paper will say, issuing, printing, handing over; the day and its fees."""
