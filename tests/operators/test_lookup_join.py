"""Rows meet what another table has for their keys: asked of a real server, kept, tried again, in order or not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import batch_of, rows_of
from lookup_server import HttpConnector, LookupServer

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import MAX_TIMESTAMP, Watermark
from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.operators.base import Operator, OperatorContext, build_operator
from sqlstream.plan import table_connector
from sqlstream.plan.expressions import Call, Expression, InputRef
from sqlstream.plan.physical import AsyncLookup, JoinKind, LookupJoin, LookupKey, LookupRetry, TableDescriptor
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

LEFT = Schema((Field("id", t.INT), Field("k", t.STRING)))
TABLE = Schema((Field("key", t.STRING), Field("v", t.INT)))
ORDERED = AsyncLookup(ordered=True, capacity=10, timeout=60_000)
UNORDERED = AsyncLookup(ordered=False, capacity=10, timeout=60_000)
SMALLER = Call("<", (InputRef(0, t.INT), InputRef(3, t.INT)), t.BOOLEAN)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LookupServer]:
    load = table_connector.load_plugin
    monkeypatch.setattr(
        table_connector, "load_plugin", lambda kind, name: HttpConnector() if name == "http" else load(kind, name)
    )
    with LookupServer({"a": [[1]], "b": [[2], [22]], "é": [[None]]}) as running:
        yield running


class Clock:
    """Time that stands still until it is set, and whether someone was woken."""

    now = 1_000

    def __init__(self) -> None:
        self.woken = threading.Event()

    def __call__(self) -> int:
        return self.now


def joining(
    options: dict[str, str],
    kind: JoinKind = JoinKind.INNER,
    condition: Expression | None = None,
    asynchronous: AsyncLookup | None = None,
    retry: LookupRetry | None = None,
) -> LookupJoin:
    table = TableDescriptor(("c", "d", "dim"), options, TABLE)
    keys = (LookupKey(0, InputRef(1, t.STRING)),)
    projection = (InputRef(0, t.STRING), InputRef(1, t.INT))
    schema = Schema((*LEFT, *TABLE))
    return LookupJoin(table, TABLE, keys, projection, None, condition, kind, LEFT, schema, asynchronous, retry)


def opened(node: LookupJoin, clock: Clock | None = None) -> Operator:
    operator = build_operator(node)
    clock = clock or Clock()
    operator.open(OperatorContext(Configuration({}), services={"clock": clock, "wake": clock.woken.set}))
    return operator


def http(server: LookupServer, **options: str) -> dict[str, str]:
    return {"connector": "http", "url": server.url, **{key.replace("__", "."): v for key, v in options.items()}}


def rows(*keys: str | None, start: int = 0, kinds: list[RowKind] | None = None) -> Batch:
    return batch_of(LEFT.to_arrow(), [(start + i, key) for i, key in enumerate(keys)], kinds)


def pairs(outputs: Any) -> list[tuple[str, int, int | None]]:
    return [(kind, row[0], row[3]) for kind, row in rows_of(outputs)]


def test_distinct_keys_are_asked_for_once_and_rows_keep_their_kinds(server: LookupServer) -> None:
    operator = opened(joining(http(server)))
    batch = rows(
        "a", "b", None, "a", "é", "nothing", kinds=[RowKind.INSERT] * 3 + [RowKind.DELETE] + [RowKind.INSERT] * 2
    )
    assert pairs(operator.on_batch(batch)) == [
        ("+I", 0, 1), ("+I", 1, 2), ("+I", 1, 22), ("-D", 3, 1), ("+I", 4, None),
    ]  # fmt: skip
    assert server.asked == [["a", "b", "é", "nothing"]]


def test_a_left_join_keeps_rows_without_partner_or_with_none_that_fits(server: LookupServer) -> None:
    operator = opened(joining(http(server), JoinKind.LEFT, SMALLER))
    assert pairs(operator.on_batch(rows("a", "b", None, "x", "a", "b"))) == [
        ("+I", 0, 1), ("+I", 1, 2), ("+I", 1, 22), ("+I", 2, None), ("+I", 3, None), ("+I", 4, None), ("+I", 5, 22),
    ]  # fmt: skip


def test_nothing_is_asked_for_rows_without_key(server: LookupServer) -> None:
    operator = opened(joining(http(server), JoinKind.LEFT))
    assert pairs(operator.on_batch(rows(None, None))) == [("+I", 0, None), ("+I", 1, None)]
    assert server.asked == []


def test_a_partial_cache_answers_until_it_expires(server: LookupServer) -> None:
    clock = Clock()
    options = {"lookup.cache": "PARTIAL", "lookup.partial-cache.expire-after-write": "10 s"}
    operator = opened(joining(http(server) | options), clock)
    assert pairs(operator.on_batch(rows("a", "x"))) == [("+I", 0, 1)]
    server.rows = {"a": [[5]], "b": [[6]], "x": [[7]]}
    clock.now += 9_999
    assert pairs(operator.on_batch(rows("a", "b", "x"))) == [("+I", 0, 1), ("+I", 1, 6)]
    clock.now += 1
    assert pairs(operator.on_batch(rows("a", "b", "x"))) == [("+I", 0, 5), ("+I", 1, 6), ("+I", 2, 7)]
    assert server.asked == [["a", "x"], ["b"], ["a", "x"]]


def test_answers_nobody_asks_for_expire(server: LookupServer) -> None:
    clock = Clock()
    options = {"lookup.cache": "PARTIAL", "lookup.partial-cache.expire-after-access": "10 s"}
    operator = opened(joining(http(server) | options), clock)
    list(operator.on_batch(rows("a", "b")))
    for _ in range(3):
        clock.now += 6_000
        list(operator.on_batch(rows("a")))
    list(operator.on_batch(rows("b")))
    assert server.asked == [["a", "b"], ["b"]]


def test_a_partial_cache_is_bounded_and_may_forget_missing_keys(server: LookupServer) -> None:
    clock = Clock()
    options = {"lookup.cache": "PARTIAL", "lookup.partial-cache.max-rows": "2"}
    options["lookup.partial-cache.cache-missing-key"] = "false"
    operator = opened(joining(http(server) | options), clock)
    list(operator.on_batch(rows("a")))
    clock.now += 1
    list(operator.on_batch(rows("b", "x")))
    assert pairs(operator.on_batch(rows("b", "x"))) == [("+I", 0, 2), ("+I", 0, 22)]
    list(operator.on_batch(rows("a")))
    assert server.asked == [["a"], ["b", "x"], ["x"], ["a"]]


def test_a_failed_question_is_asked_again(server: LookupServer) -> None:
    server.failures = 3
    assert pairs(opened(joining(http(server))).on_batch(rows("a"))) == [("+I", 0, 1)]
    assert len(server.asked) == 4
    server.failures = 2
    operator = opened(joining(http(server) | {"lookup.max-retries": "1"}))
    with pytest.raises(ConnectorError, match="does not answer"):
        list(operator.on_batch(rows("a")))


def test_a_full_cache_is_not_for_every_connector(server: LookupServer) -> None:
    with pytest.raises(ConfigError, match=r"does not support 'lookup\.cache' = 'FULL'"):
        opened(joining(http(server) | {"lookup.cache": "FULL"}))


def gated(server: LookupServer, key: str) -> threading.Event:
    server.gates[key] = threading.Event()
    return server.gates[key]


def settled(operator: Operator, clock: Clock) -> Any:
    """What comes out of the operator once it was woken and has something to say."""
    assert clock.woken.wait(30)
    clock.woken.clear()
    assert operator.next_timer() == 0
    return list(operator.on_timer(clock.now))


def test_rows_leave_in_order_though_answered_out_of_it(server: LookupServer) -> None:
    gate, clock = gated(server, "a"), Clock()
    operator = opened(joining(http(server, lookup__async="true"), asynchronous=ORDERED), clock)
    assert rows_of(operator.on_batch(rows("a"))) == []
    assert list(operator.on_watermark(5)) == []
    assert rows_of(operator.on_batch(rows("b", start=1))) == []
    assert settled(operator, clock) == []
    gate.set()
    outputs = settled(operator, clock)
    assert [output for output in outputs if isinstance(output, Watermark)] == [Watermark(5)]
    assert pairs(outputs[:1]) == [("+I", 0, 1)]
    assert pairs(outputs) == [("+I", 0, 1), ("+I", 1, 2), ("+I", 1, 22)]
    operator.close()


def test_rows_may_leave_as_they_are_answered_but_pass_no_watermark(server: LookupServer) -> None:
    gate, clock = gated(server, "a"), Clock()
    operator = opened(joining(http(server, lookup__async="true"), asynchronous=UNORDERED), clock)
    assert rows_of(operator.on_batch(rows("a"))) == []
    assert rows_of(operator.on_batch(rows("b", start=1))) == []
    assert pairs(settled(operator, clock)) == [("+I", 1, 2), ("+I", 1, 22)]
    list(operator.on_watermark(5))
    assert rows_of(operator.on_batch(rows("é", start=2))) == []
    assert settled(operator, clock) == []
    gate.set()
    outputs = settled(operator, clock)
    assert pairs(outputs) == [("+I", 0, 1), ("+I", 2, None)]
    assert isinstance(outputs[1], Watermark)
    operator.close()


def test_it_waits_when_too_much_is_asked_and_at_the_end(server: LookupServer) -> None:
    two = AsyncLookup(ordered=True, capacity=2, timeout=60_000)
    operator = opened(joining(http(server, lookup__async="true"), asynchronous=two))
    out = []
    for i in range(20):
        out += pairs(operator.on_batch(rows("a", start=i)))
        assert sum(not asked.answered for asked in operator._questions()) < 2  # type: ignore[attr-defined]
    end = list(operator.on_watermark(MAX_TIMESTAMP))
    assert out + pairs(end) == [("+I", i, 1) for i in range(20)]
    assert end[-1] == Watermark(MAX_TIMESTAMP)
    operator.close()


def test_rows_that_wait_are_part_of_a_snapshot(server: LookupServer) -> None:
    gate, clock = gated(server, "a"), Clock()
    node = joining(http(server, lookup__async="true"), asynchronous=ORDERED)
    first = opened(node, clock)
    list(first.on_batch(rows("a", "b", kinds=[RowKind.INSERT, RowKind.DELETE])))
    list(first.on_batch(rows("b", start=2)))
    snapshot = first.snapshot()
    first.close()
    gate.set()
    second = opened(node)
    second.restore([snapshot])
    assert pairs(second.finish()) == [
        ("+I", 0, 1), ("-D", 1, 2), ("-D", 1, 22), ("+I", 2, 2), ("+I", 2, 22),
    ]  # fmt: skip
    assert second.snapshot().items == ()
    second.close()


def test_an_answer_that_does_not_come_fails_the_job(server: LookupServer) -> None:
    gated(server, "a")
    clock = Clock()
    operator = opened(joining(http(server, lookup__async="true"), asynchronous=ORDERED), clock)
    list(operator.on_batch(rows("a")))
    assert operator.next_timer() == 61_000
    clock.now = 61_000
    with pytest.raises(ConnectorError, match="did not answer within 60000 ms"):
        list(operator.on_timer(61_000))
    operator.close()


def test_asynchronous_questions_are_asked_again(server: LookupServer) -> None:
    server.failures = 2
    operator = opened(joining(http(server, lookup__async="true"), asynchronous=ORDERED))
    list(operator.on_batch(rows("a")))
    assert pairs(operator.finish()) == [("+I", 0, 1)]
    assert len(server.asked) == 3
    operator.close()


@pytest.mark.parametrize("asynchronous", [None, ORDERED], ids=["sync", "async"])
def test_keys_that_miss_are_asked_again_after_a_while(server: LookupServer, asynchronous: AsyncLookup | None) -> None:
    clock, retry = Clock(), LookupRetry(delay=500, attempts=3)
    options = http(server, lookup__async="true") | {"lookup.cache": "PARTIAL"}
    operator = opened(joining(options, JoinKind.LEFT, asynchronous=asynchronous, retry=retry), clock)
    waiting = operator._hold  # type: ignore[attr-defined]
    waiting(rows("a", "x", "y"))
    if asynchronous is not None:
        assert settled(operator, clock) == []
    assert operator.next_timer() == 1_500
    server.rows["x"] = [[9]]
    clock.now = 1_500
    assert list(operator.on_timer(clock.now)) == []
    if asynchronous is not None:
        assert settled(operator, clock) == []
    assert operator.next_timer() == 2_000
    clock.now = 2_000
    out = list(operator.on_timer(clock.now))
    out += settled(operator, clock) if asynchronous is not None else []
    assert pairs(out) == [("+I", 0, 1), ("+I", 1, 9), ("+I", 2, None)]
    assert server.asked == [["a", "x", "y"], ["x", "y"], ["y"]]
    operator.close()


def test_files_are_read_whole_and_anew_after_a_while(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a,1\nb,2\nb,3\n")
    options = {"connector": "filesystem", "path": str(tmp_path), "format": "csv"}
    clock = Clock()
    operator = opened(joining(options | {"lookup.full-cache.periodic-reload.interval": "1 min"}), clock)
    assert pairs(operator.on_batch(rows("a", "b", "c"))) == [("+I", 0, 1), ("+I", 1, 2), ("+I", 1, 3)]
    (tmp_path / "one.csv").write_text("a,5\n")
    (tmp_path / "two.csv").write_text("c,6\n")
    assert pairs(operator.on_batch(rows("a"))) == [("+I", 0, 1)]
    assert operator.next_timer() == 61_000
    clock.now = 61_000
    list(operator.on_timer(61_000))
    assert pairs(operator.on_batch(rows("a", "b", "c"))) == [("+I", 0, 5), ("+I", 2, 6)]
    assert opened(joining(options)).next_timer() is None
