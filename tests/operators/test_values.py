"""VALUES emits its rows once, from one subtask."""

from __future__ import annotations

from operator_driver import opened, rows, schema

from sqlstream.operators.base import Operator, SourceOperator
from sqlstream.plan.expressions import Call, Literal
from sqlstream.plan.physical import Values
from sqlstream.types.logical import INT, STRING
from sqlstream.types.schema import Schema

TWO = Call("+", (Literal(1, INT), Literal(1, INT)), INT)
NODE = Values(
    ((Literal(1, INT), Literal("a", STRING)), (TWO, Literal(None, STRING))), schema(("n", INT), ("s", STRING))
)


def poll_all(operator: Operator) -> list[tuple[object, ...]]:
    assert isinstance(operator, SourceOperator)
    found: list[tuple[object, ...]] = []
    while (outputs := operator.poll(0)) is not None:
        found += rows(outputs)
    return found


def test_subtask_zero_emits_every_row_once() -> None:
    assert poll_all(opened(NODE)) == [(1, "a"), (2, None)]


def test_other_subtasks_emit_nothing() -> None:
    assert poll_all(opened(NODE, subtask=1, parallelism=2)) == []


def test_rows_emitted_before_a_restore_are_not_emitted_again() -> None:
    first = opened(NODE)
    poll_all(first)
    second = opened(NODE)
    second.restore([first.snapshot()])
    assert poll_all(second) == []


def test_no_rows_and_no_columns_are_fine() -> None:
    assert poll_all(opened(Values((), schema(("n", INT))))) == []
    assert poll_all(opened(Values(((), ()), Schema(())))) == [(), ()]
