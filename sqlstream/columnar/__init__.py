"""Batches, row kinds, key encoding and hashing, partitioning: the only data that ever moves."""
