"""The ``sqlstream`` command, a module for each group of verbs."""
