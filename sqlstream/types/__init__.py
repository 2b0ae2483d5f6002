"""SQL logical types, their Arrow images, casts between them, and their text."""
