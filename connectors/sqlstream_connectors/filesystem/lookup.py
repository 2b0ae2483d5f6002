"""Files as the table that a lookup join asks: read whole, and kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlstream.spi.connector import Source
from sqlstream.spi.lookup import CachePolicy, LookupSource


@dataclass(frozen=True)
class FileLookup(LookupSource):
    """``files`` are those there are when the cache is filled."""

    files: Source
    policy: CachePolicy

    @property
    def cache(self) -> CachePolicy:
        return self.policy

    def whole(self) -> Source:
        return self.files
