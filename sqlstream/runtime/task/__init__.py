"""A subtask: its thread, its chain of operators, its results."""
