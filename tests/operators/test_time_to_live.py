"""State that was not written for long enough is forgotten: as if it had never been, and its memory with it."""

from __future__ import annotations

from typing import Any

import pytest
from harness import MAX_PARALLELISM, Row, batch_of, rows_of

from sqlstream.columnar.batch import RowKind
from sqlstream.config.configuration import Configuration
from sqlstream.operators.base import Operator, OperatorContext, build_operator
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import ChangelogNormalize, GroupAggregate, Join, SinkMaterializer
from sqlstream.state.snapshot import KeyGroupRange
from sqlstream.types.logical import BIGINT, INT, STRING
from sqlstream.types.schema import Field, Schema

ADD, UB, UA, D = RowKind
ROW = Schema((Field("k", STRING), Field("v", INT)))
COUNTED = Schema((Field("k", STRING), Field("n", BIGINT)))
PAIR = Schema((*ROW, Field("k0", STRING), Field("v0", INT)))
TTL = 10_000


class Clock:
    now = 1_000_000


def opened(node: Any, clock: Clock) -> Operator:
    operator = build_operator(node)
    services = {"clock": lambda: clock.now}
    groups = KeyGroupRange(0, MAX_PARALLELISM - 1)
    operator.open(OperatorContext(Configuration({}), 0, 1, MAX_PARALLELISM, groups, services=services))
    return operator


def fed(operator: Operator, *changes: tuple[RowKind, Row], input: int = 0) -> list[tuple[str, Row]]:
    batch = batch_of(ROW.to_arrow(), [row for _, row in changes], [kind for kind, _ in changes])
    return rows_of(operator.on_batch(batch, input))


def count(ttl: int) -> GroupAggregate:
    calls = (AggregateCall("COUNT", (), BIGINT, "n"),)
    return GroupAggregate((0,), calls, False, True, True, COUNTED, ROW, state_ttl=ttl)


def test_a_group_begins_anew_and_writing_it_puts_the_end_off() -> None:
    clock = Clock()
    operator = opened(count(TTL), clock)
    assert fed(operator, (ADD, ("a", 1)), (ADD, ("b", 1))) == [("+I", ("a", 1)), ("+I", ("b", 1))]
    clock.now += TTL - 1
    assert fed(operator, (ADD, ("a", 1)))[-1] == ("+U", ("a", 2))
    clock.now += TTL - 1
    assert fed(operator, (ADD, ("a", 1)), (ADD, ("b", 1)))[-2:] == [("+U", ("a", 3)), ("+I", ("b", 1))]
    clock.now += TTL
    assert fed(operator, (ADD, ("a", 1))) == [("+I", ("a", 1))]


def test_without_a_time_to_live_nothing_is_forgotten() -> None:
    clock = Clock()
    operator = opened(count(0), clock)
    assert operator.next_timer() is None
    fed(operator, (ADD, ("a", 1)))
    clock.now += 10**12
    assert fed(operator, (ADD, ("a", 1)))[-1] == ("+U", ("a", 2))


@pytest.mark.parametrize(
    "node", [count(TTL), ChangelogNormalize((0,), True, ROW, TTL), SinkMaterializer((0,), ROW, TTL)]
)
def test_what_has_expired_is_not_in_snapshots_after_a_sweep(node: Any) -> None:
    clock = Clock()
    operator = opened(node, clock)
    fed(operator, *((ADD, (str(i), i)) for i in range(100)))
    clock.now += TTL // 2
    fed(operator, (ADD, ("new", 1)))
    clock.now += TTL // 2
    timer = operator.next_timer()
    assert timer is not None and timer <= clock.now
    assert list(operator.on_timer(clock.now)) == []
    assert sum(chunk.data.num_rows for chunk in operator.snapshot().keyed) == 1
    later = operator.next_timer()
    assert later is not None and later > clock.now


def test_the_time_of_the_last_write_is_part_of_a_snapshot() -> None:
    clock = Clock()
    for node, expected in [
        (count(TTL), [("+I", ("a", 1))]),
        (ChangelogNormalize((0,), True, ROW, TTL), [("+I", ("a", 2))]),
        (SinkMaterializer((0,), ROW, TTL), [("+I", ("a", 2))]),
    ]:
        operator = opened(node, clock)
        fed(operator, (ADD, ("a", 1)))
        clock.now += TTL // 2
        restored = opened(node, clock)
        restored.restore([operator.snapshot()])
        clock.now += TTL // 2
        assert fed(restored, (ADD, ("a", 2))) == expected


def test_rows_of_a_join_expire_one_by_one() -> None:
    clock = Clock()
    operator = opened(Join((0,), (0,), None, ROW, ROW, PAIR, state_ttl=TTL), clock)
    fed(operator, (ADD, ("a", 1)))
    clock.now += TTL // 2
    fed(operator, (ADD, ("a", 2)))
    assert len(fed(operator, (ADD, ("a", 9)), input=1)) == 2
    clock.now += TTL // 2
    assert fed(operator, (ADD, ("a", 8)), input=1) == [("+I", ("a", 2, "a", 8))]
    clock.now += TTL
    assert fed(operator, (ADD, ("a", 7)), input=1) == []
    assert fed(operator, (D, ("a", 1))) in ([], [("-D", ("a", 1, "a", 7))])


def test_an_update_that_says_nothing_new_keeps_what_is_below_alive() -> None:
    clock = Clock()
    operator = opened(ChangelogNormalize((0,), True, ROW, TTL), clock)
    fed(operator, (ADD, ("a", 1)))
    assert fed(operator, (UA, ("a", 1))) == [("-U", ("a", 1)), ("+U", ("a", 1))]
