"""Regular join of two streams, each of which may retract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Mask
from sqlstream.columnar.batch import Batch, RowKind, Rows
from sqlstream.columnar.elements import Output
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.config.options import BATCH_SIZE
from sqlstream.errors import PlanError
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.join_matching import LEFT, RIGHT, JoinMatching, Portion
from sqlstream.operators.join_rows import JoinRows
from sqlstream.operators.join_side import JoinSide
from sqlstream.plan.physical import Join, JoinKind
from sqlstream.state.snapshot import OperatorSnapshot

_APART = np.array([RowKind.INSERT, RowKind.DELETE, RowKind.INSERT, RowKind.DELETE], np.int8)


@implements(Join)
class JoinOperator(Operator):
    """Each row is matched with all rows of the other input so far and passes its kind on to the joined rows.

    A row that comes out by itself (padded, or of a semi or anti join) does so when it comes, according to what it
    finds; later, when a row of the other input brings its first partner or takes the last one away. Who has partners is
    known by key where there is no further condition, and else by row. Duplicates count. Each side keeps its rows for as
    long as the other may bring more.

    An update that may change what a row matches goes out as a deletion and an insertion, since only one half of it may
    find partners.
    """

    def __init__(self, node: Join) -> None:
        self._node, self._kind = node, node.kind
        self._alone = (node.kind.pads_right or node.kind.left_only, node.kind.pads_left)
        inputs = (
            ("left", node.left, node.left_keys, node.left_unique),
            ("right", node.right, node.right_keys, node.right_unique),
        )
        self._sides = [
            JoinSide(table, schema.to_arrow(), keys, node.null_safe, unique,
                     numbered=alone and node.condition is not None, ttl=node.state_ttl)
            for (table, schema, keys, unique), alone in zip(inputs, self._alone, strict=True)
        ]  # fmt: skip
        self._updates_stay = [
            node.condition is None and unique is not None and set(unique) <= set(keys) for _, _, keys, unique in inputs
        ]
        self._output = JoinRows(node.left, node.right, node.kind, node.schema)
        for left, right in zip(*(side.key_types for side in self._sides), strict=True):
            if left != right:
                raise PlanError(f"A join compares keys of different types: {left} and {right}.", hint="CAST one side.")

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        for side in self._sides:
            side.open(context)
        self._matching = JoinMatching(self._kind, self._node.condition, self._output, context)
        self._batch_size = context.configuration.option(BATCH_SIZE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        if batch.kinds is not None and not self._updates_stay[input]:
            batch = Batch(batch.data, _APART[batch.kinds])
        if self._node.condition is None:
            yield from self._on_batch_by_key(batch, input)
        else:
            yield from self._on_batch_by_row(batch, input)
        self._sides[input].compact()

    def next_timer(self) -> int | None:
        return min((timer for side in self._sides if (timer := side.next_timer()) is not None), default=None)

    def on_timer(self, now: int) -> Iterable[Output]:
        for side in self._sides:
            side.sweep(now)
        return ()

    def on_input_end(self, input: int) -> Iterable[Output]:
        if not self._alone[input]:
            self._sides[1 - input].drop()
        return ()

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(keyed=tuple(chunk for side in self._sides for chunk in side.snapshot().keyed))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        for side in self._sides:
            side.restore(snapshots)
        if self._node.condition is not None and any(self._alone):
            self._count_partners()

    def close(self) -> None:
        for side in self._sides:
            side.drop()

    def _on_batch_by_key(self, batch: Batch, input: int) -> Iterator[Output]:
        own = self._sides[input]
        if not self._alone[1 - input]:
            yield from self._own_rows(batch, input)
            own.apply(batch)
            return
        keys = own.key_columns(batch)
        before = own.counts(keys, batch.num_rows)
        own.apply(batch)
        after = own.counts(keys, batch.num_rows)
        met, left = (before == 0) & (after > 0), (before > 0) & (after == 0)
        yield from self._by_itself_of_keys(1 - input, keys, met, partners=True)
        yield from self._own_rows(batch, input)
        yield from self._by_itself_of_keys(1 - input, keys, left, partners=False)

    def _on_batch_by_row(self, batch: Batch, input: int) -> Iterator[Output]:
        own, other = self._sides[input], self._sides[1 - input]
        signs, partners = batch.signs(), np.zeros(batch.num_rows, np.int64)
        for portion in self._portions(batch, input):
            partners[portion.first : portion.last] = portion.partners()
            met = left = portion.rows[:0]
            if self._alone[1 - input]:
                met, left = other.associate(portion.rows, signs[portion.probes])
            yield from self._by_itself(1 - input, met, partners=True)
            yield from self._matching.rows_of(portion, batch, input)
            yield from self._by_itself(1 - input, left, partners=False)
        own.apply(batch, partners)

    def _own_rows(self, batch: Batch, input: int) -> Iterator[Output]:
        """What the rows of ``batch`` make with those of the other side."""
        if not self._kind.left_only:
            for portion in self._portions(batch, input):
                yield from self._matching.rows_of(portion, batch, input)
        elif input == LEFT:
            partners = self._sides[RIGHT].counts(self._sides[LEFT].key_columns(batch), batch.num_rows)
            yield from self._output.left_only(batch, partners)

    def _portions(self, batch: Batch, input: int) -> Iterator[Portion]:
        keys = self._sides[input].key_columns(batch)
        return self._matching.portions(batch, input, keys, self._sides[1 - input])

    def _by_itself_of_keys(
        self, side: int, keys: Sequence[pa.Array], which: Mask, *, partners: bool
    ) -> Iterator[Output]:
        """As :meth:`_by_itself`, for all rows that have one of ``keys``."""
        places = np.flatnonzero(which)
        if not len(places) or not len(self._sides[side]):
            return
        wanted = pa.array(places)
        distinct, count = [column.take(wanted) for column in keys], 1
        if keys:
            index = KeyIndex(self._sides[side].key_types)
            distinct = index.keys(index.upsert_new(distinct)[1])
            count = len(distinct[0])
        for _, rows in self._sides[side].matches(distinct, count, self._batch_size):
            yield from self._by_itself(side, rows, partners=partners)

    def _by_itself(self, side: int, rows: Rows, *, partners: bool) -> Iterator[Output]:
        """``rows`` of ``side`` come to have ``partners`` or come to have none: then they are in the result, or not."""
        kind = RowKind.INSERT if partners == (self._kind is JoinKind.SEMI) else RowKind.DELETE
        for first in range(0, len(rows), self._batch_size):
            data = self._sides[side].gather(rows[first : first + self._batch_size])
            yield self._output.alone(data, side, np.full(data.num_rows, kind, np.int8))

    def _count_partners(self) -> None:
        """Find out anew how many partners each row has."""
        left = self._sides[LEFT]
        rows = left.live_rows()
        for first in range(0, len(rows), self._batch_size):
            some = rows[first : first + self._batch_size]
            for portion in self._portions(Batch(left.gather(some)), LEFT):
                ones = np.ones(len(portion.rows), np.int8)
                for side, partnered in ((LEFT, some[portion.probes]), (RIGHT, portion.rows)):
                    if self._alone[side]:
                        self._sides[side].associate(partnered, ones)
