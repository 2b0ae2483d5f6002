"""Functions of one row that give any number of rows."""
