"""Asking a table for the rows of given keys: what a connector implements for lookup joins, and the options of caches.

The engine asks for the distinct keys of a batch at once, keeps answers as the table's ``lookup.cache`` says, and joins.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import BOOLEAN, DURATION, INTEGER, ConfigOption, enum_type
from sqlstream.errors import ConfigError

if TYPE_CHECKING:
    from sqlstream.spi.connector import Source


@dataclass(frozen=True)
class LookupRows:
    """``data`` has rows of the wanted schema; row ``i`` answers key ``owners[i]``. Owners ascend."""

    data: pa.RecordBatch
    owners: npt.NDArray[np.int64]


class LookupReader(ABC):
    """Answers one subtask."""

    @abstractmethod
    def lookup(self, keys: pa.RecordBatch) -> LookupRows:
        """All rows of each of ``keys``: distinct, nowhere NULL, columns as asked for. ConnectorError when it cannot."""

    def submit(self, keys: pa.RecordBatch) -> Future[LookupRows]:
        """As :meth:`lookup`, without waiting; the connector's own threads or event loop complete it. Only where
        :attr:`LookupSource.asynchronous`."""
        raise NotImplementedError

    def close(self) -> None:
        """Release what the reader holds; nothing that was submitted is waited for."""


class LookupCache(Enum):
    NONE = "NONE"
    """Every key of every batch is asked for."""
    PARTIAL = "PARTIAL"
    """Answers are kept for a while."""
    FULL = "FULL"
    """The whole table is read and kept."""


@dataclass(frozen=True)
class CachePolicy:
    """What of answers is kept: times in ms, None where there is no bound."""

    mode: LookupCache
    max_rows: int | None = None
    expire_after_write: int | None = None
    expire_after_access: int | None = None
    missing_keys: bool = True
    reload_interval: int | None = None
    max_retries: int = 0


class LookupSource(ABC):
    """The side of a table that is asked."""

    @property
    @abstractmethod
    def cache(self) -> CachePolicy:
        """As the table's options say."""

    @property
    def asynchronous(self) -> bool:
        """Whether readers take questions while others are not answered yet."""
        return False

    def reader(self) -> LookupReader:
        """A new reader; not asked for where the cache is FULL."""
        raise NotImplementedError

    def whole(self) -> Source:
        """The table as a bounded source, for a FULL cache."""
        raise NotImplementedError


CACHE = ConfigOption(
    "lookup.cache", enum_type(LookupCache), LookupCache.NONE, "Which answers a lookup join keeps: NONE, PARTIAL, FULL."
)
MAX_ROWS = ConfigOption(
    "lookup.partial-cache.max-rows", INTEGER, None, "Rows that a PARTIAL cache holds at most; those unused longest go."
)
EXPIRE_AFTER_WRITE = ConfigOption(
    "lookup.partial-cache.expire-after-write", DURATION, None, "How long an answer is kept."
)
EXPIRE_AFTER_ACCESS = ConfigOption(
    "lookup.partial-cache.expire-after-access", DURATION, None, "How long an answer that nobody asks for is kept."
)
CACHE_MISSING_KEY = ConfigOption(
    "lookup.partial-cache.cache-missing-key", BOOLEAN, True, "Whether it is kept that a key has no rows."
)
RELOAD_INTERVAL = ConfigOption(
    "lookup.full-cache.periodic-reload.interval", DURATION, None,
    "How often a FULL cache is read anew; without it, once.",
)  # fmt: skip
MAX_RETRIES = ConfigOption("lookup.max-retries", INTEGER, 3, "How often a lookup that failed is tried again.")

PARTIAL_CACHE_OPTIONS: tuple[ConfigOption[Any], ...] = (
    MAX_ROWS,
    EXPIRE_AFTER_WRITE,
    EXPIRE_AFTER_ACCESS,
    CACHE_MISSING_KEY,
)
"""Of a connector that answers by key; with :data:`CACHE` and :data:`MAX_RETRIES`."""


def cache_policy(options: Configuration, modes: tuple[LookupCache, ...], connector: str) -> CachePolicy:
    """What the table's ``options`` say; the first of ``modes``, which the connector has, where they say nothing.

    Raises ConfigError for another mode.
    """
    mode = options.option(CACHE) if CACHE.key in options else modes[0]
    if mode not in modes:
        raise ConfigError(
            f"Connector '{connector}' does not support '{CACHE.key}' = '{mode.value}'.",
            hint=f"It supports {' and '.join(known.value for known in modes)}.",
        )
    return CachePolicy(
        mode,
        options.optional(MAX_ROWS),
        options.optional(EXPIRE_AFTER_WRITE),
        options.optional(EXPIRE_AFTER_ACCESS),
        options.option(CACHE_MISSING_KEY),
        options.optional(RELOAD_INTERVAL),
        options.option(MAX_RETRIES),
    )
