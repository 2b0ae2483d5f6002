"""Text columns: slices of bytes that are there, or letters drawn one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import byte_offsets
from sqlstream.kernels.compiled import wide
from sqlstream_connectors.datagen.random_words import Indices, WordStream
from sqlstream_connectors.nexmark import kernels

_PADDING_POOL = 1 << 20
_SHORTEST = 3
_LETTERS = bytes(range(ord("a"), ord("z") + 1))


@dataclass(frozen=True)
class Texts:
    """One text an event: ``data[offsets[i] : offsets[i + 1]]``."""

    offsets: Indices
    data: npt.NDArray[np.uint8]

    @property
    def lengths(self) -> Indices:
        return np.diff(self.offsets)

    def to_arrow(self) -> pa.Array:
        return self.spread(None, len(self.offsets) - 1)

    def spread(self, rows: Indices | None, count: int) -> pa.Array:
        """An array of ``count`` texts: these at ``rows`` (None: everywhere), empty ones elsewhere."""
        offsets = self.offsets.astype(np.int32)
        if rows is not None and len(rows) < count:
            lengths = np.zeros(count + 1, np.int32)
            lengths[rows + 1] = np.diff(offsets)
            offsets = np.cumsum(lengths, dtype=np.int32)
        return pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(offsets), pa.py_buffer(self.data)])


@dataclass(frozen=True)
class Pool:
    """Texts to choose from."""

    offsets: Indices
    data: npt.NDArray[np.uint8]

    @staticmethod
    def of(texts: pa.Array | Sequence[str]) -> Pool:
        """A pool of ASCII texts."""
        offsets, data = byte_offsets(texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string()))
        return Pool(offsets, _padded(data[: offsets[-1]]))

    def choose(self, which: Indices) -> Texts:
        starts = self.offsets[which]
        return _copied(starts, self.offsets[which + 1] - starts, self.data)


def random_texts(seed: int, name: str, events: Indices, below: int, special: str, *, trimmed: bool = True) -> Texts:
    """Texts of 3 to ``below`` - 1 characters: one in 13 is ``special``, the others are lower-case letters."""
    alphabet = np.frombuffer(special.encode() * len(_LETTERS) + _LETTERS * 12, np.uint8)
    offsets = np.zeros(len(events) + 1, np.int64)
    data = np.empty(len(events) * below, np.uint8)
    stream = WordStream(seed, name).start
    kernels.draw_texts(stream, events, _SHORTEST, below, alphabet, ord(special) if trimmed else -1, offsets, data)
    return Texts(offsets, data)


def padding(seed: int, starts: Indices, lengths: Indices) -> Texts:
    """Lower-case letters that mean nothing, from anywhere in a pool of them: ``starts`` are random 31-bit numbers."""
    pool = _padding_pool(seed)
    room = len(pool) - kernels.COPY_WIDTH - lengths
    return _copied(starts * room >> 31, lengths, pool)


@cache
def _padding_pool(seed: int) -> npt.NDArray[np.uint8]:
    pool = np.empty(_PADDING_POOL + kernels.COPY_WIDTH, np.uint8)
    kernels.draw_letters(WordStream(seed, "padding").start, pool)
    return pool


def _copied(starts: Indices, lengths: Indices, source: npt.NDArray[np.uint8]) -> Texts:
    offsets = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    data = np.empty(int(offsets[-1]) + 2 * kernels.COPY_WIDTH, np.uint8)
    kernels.copy_slices(starts, lengths, wide(source), offsets, wide(data))
    return Texts(offsets, data)


def _padded(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.concatenate((data, np.zeros(2 * kernels.COPY_WIDTH, np.uint8)))
