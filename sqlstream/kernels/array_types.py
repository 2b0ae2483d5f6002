"""The few array types kernels are compiled for.

Explicit signatures over these keep the number of specialisations at one a kernel, so each is compiled once and then
read from the on-disk cache. Inputs are read-only (``...R``): that accepts writable arrays and Arrow's buffers alike.
"""

from __future__ import annotations

from numba import types

I8R = types.Array(types.int8, 1, "C", readonly=True)
I8 = types.Array(types.int8, 1, "C")
U8R = types.Array(types.uint8, 1, "C", readonly=True)
U8 = types.Array(types.uint8, 1, "C")
I32R = types.Array(types.int32, 1, "C", readonly=True)
I32 = types.Array(types.int32, 1, "C")
I64R = types.Array(types.int64, 1, "C", readonly=True)
I64 = types.Array(types.int64, 1, "C")
U64R = types.Array(types.uint64, 1, "C", readonly=True)
U64 = types.Array(types.uint64, 1, "C")
F64R = types.Array(types.float64, 1, "C", readonly=True)
F64 = types.Array(types.float64, 1, "C")

int64 = types.int64
uint64 = types.uint64
void = types.void
boolean = types.boolean
