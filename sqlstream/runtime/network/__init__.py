"""Channels between processes, over Arrow Flight under credit."""
