"""Lookup joins in one line each, as Flink's EXPLAIN writes them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.plan import physical as p
from sqlstream.plan.call_text import call_text
from sqlstream.plan.expression_text import expression_text
from sqlstream.plan.join_row import joined_row
from sqlstream.plan.join_text import join_type_text
from sqlstream.types.schema import Schema


def lookup_text(keys: Sequence[p.LookupKey], fetched: Schema, left: Schema) -> str:
    """``id=customer, kind='a'``."""
    return ", ".join(f"{fetched[key.column].name}={expression_text(key.value, left.names)}" for key in keys)


def lookup_join_text(join: p.LookupJoin, inputs: list[list[str]]) -> str:
    where = [] if join.filter is None else [expression_text(join.filter, join.fetched.names)]
    if join.condition is not None:
        right = Schema(join.schema.fields[len(join.left) :])
        where.append(expression_text(join.condition, joined_row(join.left, right).names))
    asked, retry = join.asynchronous, join.retry
    return call_text(
        "LookupJoin",
        table=join.table.name,
        joinType=join_type_text(join.kind),
        **{"async": None if asked is None else f"{_order(asked)}, {asked.timeout}ms, {asked.capacity}"},
        lookup=lookup_text(join.keys, join.fetched, join.left),
        where=" AND ".join(where) or None,
        select=", ".join(join.schema.names),
        retry=None if retry is None else f"lookup_miss, FIXED_DELAY, {retry.delay}ms, {retry.attempts}",
    )


def _order(asked: p.AsyncLookup) -> str:
    return "ORDERED" if asked.ordered else "UNORDERED"
