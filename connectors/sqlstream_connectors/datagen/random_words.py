"""Random 64-bit words by index: the n-th word of a stream is computed from n alone, so any part can be had again.

The mixing function is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class WordStream:
    """An endless sequence of words, the same for the same ``seed`` and ``name``."""

    seed: int
    name: str

    def at(self, indices: Indices) -> Words:
        """The words at ``indices``."""
        words = (indices.astype(np.uint64) + self.start) * _GAMMA
        words = (words ^ (words >> np.uint64(30))) * _FIRST
        words = (words ^ (words >> np.uint64(27))) * _SECOND
        return words ^ (words >> np.uint64(31))

    def uniform(self, indices: Indices) -> npt.NDArray[np.float64]:
        """Numbers in [0, 1) at ``indices``."""
        return (self.at(indices) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    @property
    def start(self) -> np.uint64:
        """What is added to an index before it is mixed."""
        return np.uint64((self.seed * 0x632BE59BD9B4E019 + (zlib.crc32(self.name.encode()) << 29)) % 2**64)


def child_indices(parents: Indices, children: int) -> Indices:
    """For each index of ``parents`` in turn, the ``children`` indices that belong to it alone."""
    return (parents[:, None] * children + np.arange(children, dtype=np.int64)).ravel()
