"""Words every system shares: fiscal years, 和暦, 納期限, yen, numbers, names, birthdays. Pure: no I/O, no clock."""
