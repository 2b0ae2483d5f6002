"""A user's session: catalogs, settings, statement execution, results."""
