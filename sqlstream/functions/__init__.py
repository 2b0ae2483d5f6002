"""Built-in functions: one table-driven declaration each."""
