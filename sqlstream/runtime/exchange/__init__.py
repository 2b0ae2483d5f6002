"""Channels between subtasks: gates, partitioners, watermarks, back-pressure."""
