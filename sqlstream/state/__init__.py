"""Keyed state: rows and tables that can be snapshotted and restored at another parallelism."""
