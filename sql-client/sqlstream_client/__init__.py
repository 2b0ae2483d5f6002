"""The SQL client: statements from a prompt, a file or the command line, results as text."""
