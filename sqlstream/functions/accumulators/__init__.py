"""The vectorised state of aggregate functions, one slot a group."""
