"""The day's requests, as the journal has them: no names, no numbers of persons."""
