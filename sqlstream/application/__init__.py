"""Clusters of their own: a JobManager that runs one script, or one job, and ends with it."""
