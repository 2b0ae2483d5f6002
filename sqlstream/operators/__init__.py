"""One physical operator a file, found by the name of its plan node."""
