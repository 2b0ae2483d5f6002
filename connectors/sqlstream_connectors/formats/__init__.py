"""The built-in formats: csv, json, parquet, raw."""
