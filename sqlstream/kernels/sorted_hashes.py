"""Finding hashes among sorted ones: a Bloom filter says which may be there, a directory where they begin.

The hashes lie between ``first`` and ``last``. ``directory[b]`` is the number of the first one whose distance from
``first``, shifted right by ``shift``, is ``b`` or greater; it is one longer than there are buckets. The filter, of at
most 2^24 words, has four bits for each hash, all in one word.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import I32, I32R, I64, U64, U64R, Part, kernel, uint64

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_BIT = np.uint64(1)
_6 = np.uint64(6)
_12 = np.uint64(12)
_18 = np.uint64(18)
_24 = np.uint64(24)
_40 = np.uint64(40)
_63 = np.uint64(63)


@Part
def _scattered(hash_: Any) -> Any:
    """Hashes that lie near each other share their upper bits: the filter needs others."""
    x = (hash_ ^ (hash_ >> np.uint64(29))) * _PRIME
    return x ^ (x >> np.uint64(32))


@Part
def _bits(x: Any) -> Any:
    return (
        _BIT << (x & _63) | _BIT << ((x >> _6) & _63) | _BIT << ((x >> _12) & _63) | _BIT << ((x >> _18) & _63)
    )  # fmt: skip


@Part
def _word(x: Any, length: Any) -> Any:
    return ((x >> _24) * length) >> _40


@kernel(U64R, uint64, uint64, U64, I32)
def enter(hashes: Any, first: Any, shift: Any, words: Any, directory: Any) -> None:
    """Fill the filter ``words`` (on entry 0) and the ``directory`` of sorted ``hashes``."""
    length = np.uint64(len(words))
    bucket = 0
    for i in range(len(hashes)):
        x = _scattered(hashes[i])
        words[_word(x, length)] |= _bits(x)
        own = np.int64((hashes[i] - first) >> shift)
        while bucket <= own:
            directory[bucket] = i
            bucket += 1
    while bucket < len(directory):
        directory[bucket] = len(hashes)
        bucket += 1


@kernel(U64R, U64R, uint64, uint64, uint64, U64R, I32R, I64)
def find(
    probes: Any, hashes: Any, first: Any, last: Any, shift: Any, words: Any, directory: Any, out: Any
) -> None:  # fmt: skip
    """``out[i]`` = the number of the first of ``hashes`` that is ``probes[i]``, or -1."""
    length = np.uint64(len(words))
    for i in range(len(probes)):
        probe = probes[i]
        out[i] = -1
        if probe < first or probe > last:
            continue
        x = _scattered(probe)
        bits = _bits(x)
        if words[_word(x, length)] & bits == bits:
            out[i] = np.int64((probe - first) >> shift)
    for i in range(len(probes)):
        if out[i] < 0:
            continue
        low, end = np.int64(directory[out[i]]), np.int64(directory[out[i] + 1])
        high = end
        while low < high:
            middle = (low + high) >> 1
            if hashes[middle] < probes[i]:
                low = middle + 1
            else:
                high = middle
        out[i] = low if low < end and hashes[low] == probes[i] else -1
