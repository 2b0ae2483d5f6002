"""One reader for each statement, found by its first words."""
