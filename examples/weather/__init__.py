"""Flights joined to the weather that was reported last before they left."""
