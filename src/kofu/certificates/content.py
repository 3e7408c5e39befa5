"""What a certificate says, in words and fields."""
