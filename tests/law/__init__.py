"""The law of the engine: the final result depends neither on batch cuts nor on parallelism, and equals a batch
database's."""
