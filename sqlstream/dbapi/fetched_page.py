"""One answer to a fetch, in whichever format the gateway gave it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from sqlstream.columnar.batch import Batch
from sqlstream.dbapi.protocol import ColumnInfo, FetchResults


@dataclass(frozen=True)
class FetchedPage:
    """``rows`` is a batch, or JSON that can be read once the columns are known; None while there is no result yet."""

    answer: FetchResults
    columns: tuple[ColumnInfo, ...] = ()
    rows: Batch | msgspec.Raw | None = None
