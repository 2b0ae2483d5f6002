"""SQL text: the Flink dialect, scripts, statements, and where in the text things stand."""
