"""Join of bounded inputs: one side is held whole, the other goes past it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.bounded_join import BoundedJoin
from sqlstream.plan.physical import HashJoin


@implements(HashJoin)
class HashJoinOperator(Operator):
    """Rows of the other side that come before all of the built side is there wait for it; from then on what they give
    is emitted at once. Batch jobs take no checkpoints."""

    def __init__(self, node: HashJoin) -> None:
        self._node = node
        self._built = 0 if node.build_left else 1
        self._waiting: list[Batch] | None = []

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        self._join = BoundedJoin(
            (node.left, node.right),
            (node.left_keys, node.right_keys),
            node.null_safe,
            node.condition,
            node.kind,
            node.schema,
            self._built,
            context,
        )

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        if input == self._built:
            self._join.build(batch.data)
        elif self._waiting is None:
            yield from self._join.probe(batch)
        else:
            self._waiting.append(batch)

    def on_input_end(self, input: int) -> Iterable[Output]:
        return self._probe_waiting() if input == self._built else ()

    def finish(self) -> Iterable[Output]:
        yield from self._probe_waiting()
        yield from self._join.rest()

    def _probe_waiting(self) -> Iterable[Output]:
        waiting, self._waiting = self._waiting, None
        for batch in waiting or ():
            yield from self._join.probe(batch)
