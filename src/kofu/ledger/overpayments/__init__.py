"""過誤納: 充当 and 還付, from proposal to payment."""
