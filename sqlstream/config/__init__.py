"""Options: declared once with key, type, default and documentation; read from files, -D and SET."""
