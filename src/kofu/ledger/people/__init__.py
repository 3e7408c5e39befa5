"""Who is meant: all 宛名番号 of a person, and how a person is found."""
