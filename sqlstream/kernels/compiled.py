"""Compiling kernels with numba when they are first called, not when they are imported.

Importing numba and loading a compiled function from the on-disk cache take time that a short query should spend only
on the kernels it runs. A kernel is compiled once, for one signature; the cache is beside the source, or in the user's
cache directory where that cannot be written. Kernels release the GIL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

I8R = "Array(int8, 1, 'C', readonly=True)"
I8 = "Array(int8, 1, 'C')"
U8R = "Array(uint8, 1, 'C', readonly=True)"
U8 = "Array(uint8, 1, 'C')"
I16R = "Array(int16, 1, 'C', readonly=True)"
I16 = "Array(int16, 1, 'C')"
I32R = "Array(int32, 1, 'C', readonly=True)"
I32 = "Array(int32, 1, 'C')"
I64R = "Array(int64, 1, 'C', readonly=True)"
I64 = "Array(int64, 1, 'C')"
U64R = "Array(uint64, 1, 'C', readonly=True)"
U64 = "Array(uint64, 1, 'C')"
F64R = "Array(float64, 1, 'C', readonly=True)"
F64 = "Array(float64, 1, 'C')"
WIDE = "Array(uint64, 1, 'A', aligned=False)"
WIDE_R = "Array(uint64, 1, 'A', readonly=True, aligned=False)"
int64 = "int64"
uint64 = "uint64"
boolean = "boolean"
_WORD = 8
_NO_WORDS = np.ndarray((0,), np.uint64, np.zeros(1, np.uint64), 0, (1,))
"""The few types that kernels take, as numba writes them. Read-only arrays (``...R``) accept writable ones and Arrow's
buffers alike; ``WIDE`` is what :func:`wide` makes."""


def wide(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Element ``i`` is the eight bytes from ``data[i]`` on: for moving many bytes at once."""
    return np.ndarray((len(data) - _WORD + 1,), np.uint64, data, 0, (1,)) if len(data) >= _WORD else _NO_WORDS


class Kernel:
    """A function over arrays that compiles itself on the first call."""

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        self._function, self._signature = function, signature
        self._compiled: Callable[..., Any] | None = None
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any) -> Any:
        compiled = self._compiled
        if compiled is None:
            compiled = self._compiled = self.compile()
        return compiled(*args)

    def compile(self) -> Callable[..., Any]:
        """Compile the function, or load it from the cache."""
        from numba import njit

        names = self._function.__globals__
        for name, value in list(names.items()):
            if isinstance(value, Part):
                names[name] = njit(value.function)
        compiled: Callable[..., Any] = njit(self._signature, cache=True, nogil=True)(self._function)
        return compiled


class Part:
    """A function that only kernels of its module call; numba sees it compiled."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)


def kernel(*types: str) -> Callable[[Callable[..., Any]], Kernel]:
    """Decorator: a kernel whose parameters are of ``types``."""
    return lambda function: Kernel(function, f"({', '.join(types)},)")
