"""Formats of change data capture: one record tells what happened to rows, in the envelope of the tool that saw it."""
