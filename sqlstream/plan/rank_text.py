"""Top-N operators in one line each, as Flink's EXPLAIN writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlstream.plan import physical as p
from sqlstream.plan.call_text import call_text
from sqlstream.plan.sort_text import sort_keys_text
from sqlstream.plan.window_text import window_text
from sqlstream.types.schema import Schema, TimeAttribute


def _rank(rank: p.Rank, inputs: list[list[str]]) -> str:
    strategy = _strategy(rank.strategy, rank.row_key)
    return call_text("Rank", strategy=strategy, **_ranking(rank.ranking, rank.input), select=_select(rank.schema))


def _sort_limit(sort: p.SortLimit, inputs: list[list[str]]) -> str:
    return call_text(
        "SortLimit",
        orderBy=sort_keys_text(sort.keys, inputs[0]),
        offset=str(sort.offset),
        fetch=str(sort.fetch),
        strategy=_strategy(sort.strategy, sort.row_key),
    )


def _batch_rank(rank: p.BatchRank, inputs: list[list[str]]) -> str:
    arguments = {**_ranking(rank.ranking, rank.input), "global": "true", "select": _select(rank.schema)}
    return call_text("Rank", **arguments)


def _deduplicate(node: p.Deduplicate, inputs: list[list[str]]) -> str:
    return call_text(
        "Deduplicate",
        keep=_KEEP[node.keep_last],
        key=_columns(node.keys, node.schema),
        order=_time_kind(node.schema, node.time),
        outputInsertOnly=str(node.inserts_only).lower(),
    )


def _window_rank(rank: p.WindowRank, inputs: list[list[str]]) -> str:
    window = (rank.window.start, rank.window.end)
    keys = tuple(key for key in rank.ranking.partition if key not in window)
    ranking = _ranking(rank.ranking, rank.input, keys)
    return call_text("WindowRank", window=_window(rank.window, rank.input), **ranking, select=_select(rank.schema))


def _window_deduplicate(node: p.WindowDeduplicate, inputs: list[list[str]]) -> str:
    return call_text(
        "WindowDeduplicate",
        window=_window(node.window, node.schema),
        keep=_KEEP[node.keep_last],
        partitionKeys=_columns(node.keys, node.schema),
        orderKey=node.schema[node.time].name,
        order=_time_kind(node.schema, node.time),
    )


def _strategy(strategy: p.RankStrategy, row_key: Sequence[int]) -> str:
    """``UpdateFastStrategy[0,1]``: with the columns that identify a row."""
    keys = f"[{','.join(map(str, row_key))}]" if strategy is p.RankStrategy.UPDATE_FAST else ""
    return f"{strategy.value}{keys}"


def _ranking(ranking: p.Ranking, input: Schema, partition: Sequence[int] | None = None) -> dict[str, str]:
    """What all ranks have in common."""
    return {
        "rankType": ranking.type.value,
        "rankRange": f"rankStart={ranking.first}, rankEnd={ranking.last}",
        "partitionBy": _columns(ranking.partition if partition is None else partition, input),
        "orderBy": _ordering(ranking.order, input),
    }


def _ordering(order: Sequence[p.SortKey], input: Schema) -> str:
    """``ROWTIME ts DESC, price ASC``."""
    names = [f"ROWTIME {f.name}" if f.time is TimeAttribute.ROWTIME else f.name for f in input]
    return sort_keys_text(order, names)


_KEEP = {True: "LastRow", False: "FirstRow"}


def _select(schema: Schema) -> str:
    return ", ".join(schema.names)


def _columns(columns: Sequence[int], schema: Schema) -> str:
    return ", ".join(schema[column].name for column in columns)


def _time_kind(schema: Schema, column: int) -> str:
    time = schema[column].time
    return "" if time is None else time.value


def _window(bounds: p.RankWindow, schema: Schema) -> str:
    return window_text(bounds.window, [schema[bounds.start].name, schema[bounds.end].name])


RANK_PRINTERS: dict[type, Callable[[Any, list[list[str]]], str]] = {
    p.Rank: _rank,
    p.SortLimit: _sort_limit,
    p.BatchRank: _batch_rank,
    p.Deduplicate: _deduplicate,
    p.WindowRank: _window_rank,
    p.WindowDeduplicate: _window_deduplicate,
}
