"""The TaskManager process: registration, heartbeats, carrying out what it is told."""
