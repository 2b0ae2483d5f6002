"""The built-in catalogs: in memory, and in a directory of JSON files."""
