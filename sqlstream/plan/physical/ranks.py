"""Top-N, with and without partitions, and deduplication."""

from __future__ import annotations

from enum import Enum

import msgspec

from sqlstream.plan.physical.ordering import SortKey
from sqlstream.plan.physical.windows import WindowSpec
from sqlstream.types.schema import Schema


class RankType(Enum):
    ROW_NUMBER = "ROW_NUMBER"
    RANK = "RANK"
    DENSE_RANK = "DENSE_RANK"


class RankStrategy(Enum):
    """How a Top-N follows its input: nothing is taken back; rows only get better, and are replaced by key; anything."""

    APPEND_FAST = "AppendFastStrategy"
    UPDATE_FAST = "UpdateFastStrategy"
    RETRACT = "RetractStrategy"


class Ranking(msgspec.Struct, frozen=True):
    """The rows of rank ``first`` to ``last`` in their partition. A processing time orders rows as they come."""

    type: RankType
    first: int
    last: int
    partition: tuple[int, ...]
    order: tuple[SortKey, ...]


class RankWindow(msgspec.Struct, frozen=True):
    """Columns ``start`` and ``end`` are the bounds of ``window``; ``is_instant``: they are readings of the session time
    zone's clock."""

    window: WindowSpec
    start: int
    end: int
    is_instant: bool


class Rank(msgspec.Struct, frozen=True, tag="Rank"):
    """Top-N over a stream: the input's columns, then the rank with ``with_rank``.

    ``row_key``: columns that identify a row of the input, where there are any. ``update_before``: emit -U.
    """

    ranking: Ranking
    strategy: RankStrategy
    row_key: tuple[int, ...]
    with_rank: bool
    update_before: bool
    schema: Schema
    input: Schema


class SortLimit(msgspec.Struct, frozen=True, tag="SortLimit"):
    """ORDER BY and LIMIT over a stream: a Top-N of all rows."""

    keys: tuple[SortKey, ...]
    offset: int
    fetch: int
    strategy: RankStrategy
    row_key: tuple[int, ...]
    update_before: bool
    schema: Schema


class Deduplicate(msgspec.Struct, frozen=True, tag="Deduplicate"):
    """The first row of each key by column ``time``, or the last, over rows that are only added.

    ``inserts_only``: the first one by event time is emitted when the watermark has reached it, and stands.
    """

    keys: tuple[int, ...]
    time: int
    keep_last: bool
    inserts_only: bool
    update_before: bool
    schema: Schema


class WindowRank(msgspec.Struct, frozen=True, tag="WindowRank"):
    """Top-N of each window, emitted when the watermark passes its end; ``ranking`` partitions by the window too.

    Rows of windows that are closed are late: dropped and counted in ``numLateRecordsDropped``.
    """

    ranking: Ranking
    window: RankWindow
    with_rank: bool
    retracting: bool
    schema: Schema
    input: Schema


class WindowDeduplicate(msgspec.Struct, frozen=True, tag="WindowDeduplicate"):
    """The first row of each key and window by event time, or the last; otherwise a WindowRank."""

    keys: tuple[int, ...]
    window: RankWindow
    time: int
    keep_last: bool
    schema: Schema


class BatchRank(msgspec.Struct, frozen=True, tag="BatchRank"):
    """Top-N of bounded input, emitted at the end."""

    ranking: Ranking
    with_rank: bool
    schema: Schema
    input: Schema
