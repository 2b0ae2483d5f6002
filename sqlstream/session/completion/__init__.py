"""Completion of SQL: what fits at a place in a statement, from the grammar, the catalogs and the declared options."""
