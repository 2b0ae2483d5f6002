"""Hot loops over arrays, in numba and numpy: no SQL, no I/O, no objects."""
