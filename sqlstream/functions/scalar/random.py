"""RAND and RAND_INTEGER. A seed makes the numbers of one thread repeatable, from its first call on."""

from __future__ import annotations

import threading

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.constant_arguments import constant_of
from sqlstream.functions.registry import EvaluationContext
from sqlstream.functions.signature import INTEGER, scalar, signature
from sqlstream.types import logical as t

_local = threading.local()


def _generator(seed: int | None) -> np.random.Generator:
    """This thread's generator for ``seed``; it goes on where the last call stopped."""
    generators: dict[int | None, np.random.Generator] = _local.__dict__.setdefault("generators", {})
    if seed not in generators:
        generators[seed] = np.random.default_rng(None if seed is None else abs(seed))
    return generators[seed]


def _seeded(args: tuple[pa.Array, ...]) -> np.random.Generator:
    return _generator(constant_of(args[0])[1] if args else None)


@scalar(
    "RAND",
    signature(INTEGER, optional=1, returns=t.DOUBLE),
    doc="A random number from 0 up to, but not including, 1.",
    deterministic=False,
)
def rand(*args: pa.Array) -> pa.Array:
    context: EvaluationContext = args[-1]
    return pa.array(_seeded(args[:-1]).random(context.num_rows))


@scalar(
    "RAND_INTEGER",
    signature(INTEGER, returns=t.INT),
    signature(INTEGER, INTEGER, returns=t.INT),
    doc="A random integer from 0 up to, but not including, the last argument; two arguments are seed and bound.",
    deterministic=False,
)
def rand_integer(*args: pa.Array) -> pa.Array:
    *seed, bound, context = args
    fractions = pa.array(_seeded(tuple(seed)).random(context.num_rows))
    return pc.floor(pc.multiply(fractions, bound.cast(pa.float64()))).cast(pa.int32())
