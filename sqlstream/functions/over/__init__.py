"""Functions that only an OVER window gives a meaning to: ranks, and values of other rows."""
