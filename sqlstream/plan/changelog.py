"""Changelog inference: which row kinds each node emits, whether -U rows are wanted of it, and its upsert keys."""

from __future__ import annotations

from itertools import product

from sqlstream.columnar.batch import RowKind
from sqlstream.plan import logical as l
from sqlstream.plan.expressions import InputRef
from sqlstream.plan.over_mode import follows_time
from sqlstream.plan.physical import JoinKind, WindowKind, WindowProperty
from sqlstream.plan.rank_shape import ranks_by_place, stands
from sqlstream.spi.connector import ChangelogMode

Kinds = frozenset[RowKind]
UpsertKeys = frozenset[frozenset[int]]
"""Sets of columns, each of which identifies the row that an update replaces."""

INSERT_ONLY: Kinds = frozenset({RowKind.INSERT})
ALL: Kinds = frozenset(RowKind)
INSERT_DELETE: Kinds = frozenset({RowKind.INSERT, RowKind.DELETE})
UPDATES: Kinds = ALL - {RowKind.DELETE}
UPSERT: Kinds = ALL - {RowKind.UPDATE_BEFORE}

_SOURCE_KINDS = {
    ChangelogMode.INSERT_ONLY: INSERT_ONLY,
    ChangelogMode.UPSERT: UPSERT,
    ChangelogMode.ALL: ALL,
}


def emitted_kinds(node: l.LogicalNode) -> Kinds:
    """The row kinds of a streaming node's output, where -U rows are kept."""
    inputs = [emitted_kinds(child) for child in l.children(node)]
    appends = all(kinds == INSERT_ONLY for kinds in inputs)
    match node:
        case l.Scan():
            return _SOURCE_KINDS[node.changelog_mode]
        case l.Aggregate():
            if appends:
                return INSERT_ONLY if not node.aggregates else UPDATES
            return ALL
        case l.WindowAggregate() if node.emit is not None:
            return ALL - {RowKind.DELETE} if appends else ALL
        case l.WindowAggregate() | l.Values() | l.ToChangelog():
            return INSERT_ONLY
        case l.FromChangelog():
            return frozenset(RowKind(kind) for _, kind in node.kinds)
        case l.Normalize():
            return ALL
        case l.MatchRecognize():
            return INSERT_ONLY
        case l.Over():
            return INSERT_ONLY if appends and follows_time(node) else ALL
        case l.Rank():
            return _ranked_kinds(node, appends)
        case l.Sort() if node.fetch is not None:
            return INSERT_DELETE if node.fetch > 1 else UPDATES if appends else ALL
        case l.ReplicateRows():
            return INSERT_ONLY if appends else INSERT_DELETE
        case l.TemporalJoin():
            return inputs[0]
        case l.Join() if node.interval is not None or node.window is not None:
            return INSERT_ONLY
        case l.Join():
            return INSERT_ONLY if appends and node.kind in (JoinKind.INNER, JoinKind.SEMI) else ALL
        case l.Limit():
            return INSERT_ONLY if appends else ALL
        case _:
            return frozenset().union(*inputs)


def _ranked_kinds(node: l.Rank, appends: bool) -> Kinds:
    if node.window is not None or (appends and stands(node)):
        return INSERT_ONLY
    if not ranks_by_place(node):
        return INSERT_DELETE
    return UPDATES if appends else ALL


def wants_update_before(node: l.LogicalNode, wanted: bool) -> bool:
    """Whether ``node``'s inputs must send -U rows, given that ``node`` itself is asked for them or not.

    A filter must see what a row was, since the update may move it out; stateful nodes take back what they added.
    """
    match node:
        case l.Sink():
            after_alone = (ChangelogMode.UPSERT, ChangelogMode.WITHOUT_UPDATE_BEFORE)
            return node.materialized or node.changelog_mode not in after_alone
        case l.Normalize():
            return False
        case l.Project() | l.Expand() | l.Watermark() | l.Union():
            return wanted
        case l.Calc():
            return wanted or node.condition is not None
        case _:
            return True


def upsert_keys(node: l.LogicalNode) -> UpsertKeys:
    """The column sets of ``node``'s output that identify a row through its updates."""
    match node:
        case l.Scan():
            positions = [node.schema.index_of(name) for name in node.table.primary_key]
            known = [position for position in positions if position is not None]
            return frozenset({frozenset(known)}) if known and len(known) == len(positions) else frozenset()
        case l.Aggregate():
            return frozenset({frozenset(range(len(node.keys)))})
        case l.WindowAggregate():
            return _window_keys(node)
        case l.Project() | l.Calc():
            position = {e.index: i for i, e in reversed(list(enumerate(node.expressions))) if isinstance(e, InputRef)}
            return frozenset(
                frozenset(position[column] for column in key)
                for key in upsert_keys(node.input)
                if key <= position.keys()
            )
        case l.Sort() if node.fetch == 1:
            return frozenset({frozenset()})
        case l.Normalize():
            return frozenset({frozenset(node.keys)})
        case l.Filter() | l.Watermark() | l.Over() | l.Sort() | l.Limit() | l.Sink() | l.Collect():
            return upsert_keys(node.input)
        case l.TemporalJoin():
            return upsert_keys(node.left)
        case l.LookupJoin():
            asked = {node.fetched[key.column].name for key in node.keys}
            return (
                upsert_keys(node.input)
                if node.table.primary_key and asked >= {*node.table.primary_key}
                else frozenset()
            )
        case l.Rank():
            return _ranked_keys(node)
        case l.Join():
            return _join_keys(node)
        case _:
            return frozenset()


def _window_keys(node: l.WindowAggregate) -> UpsertKeys:
    """Several cumulating windows start at the same time."""
    first = len(node.keys) + len(node.aggregates)
    bounds = [WindowProperty.END, *([] if node.window.kind is WindowKind.CUMULATE else [WindowProperty.START])]
    found = [first + node.properties.index(prop) for prop in bounds if prop in node.properties]
    return frozenset(frozenset({*range(len(node.keys)), bound}) for bound in found)


def _ranked_keys(node: l.Rank) -> UpsertKeys:
    """Where one row takes another's place, updates say nothing about the row that had it: only the place is a key."""
    below = upsert_keys(node.input)
    if not ranks_by_place(node):
        return below
    place = frozenset({*node.ranking.partition, *([len(node.schema) - 1] if node.with_rank else [])})
    return frozenset({place}) if node.window is None else below | {place}


def _join_keys(node: l.Join) -> UpsertKeys:
    """A key of one side is one of the result where its row has one partner at most and is never padded itself."""
    width = len(node.left.schema)
    left = upsert_keys(node.left)
    if node.kind.left_only:
        return left
    right = frozenset(frozenset(column + width for column in key) for key in upsert_keys(node.right))
    keys = {a | b for a, b in product(left, right)}
    if not node.kind.pads_left and any(key <= {column + width for column in node.right_keys} for key in right):
        keys |= left
    if not node.kind.pads_right and any(key <= set(node.left_keys) for key in left):
        keys |= right
    return frozenset(keys)


def kinds_text(kinds: Kinds) -> str:
    """As EXPLAIN shows them: ``I,UB,UA,D``."""
    return ",".join(_LETTERS[kind] for kind in RowKind if kind in kinds)


_LETTERS = {
    RowKind.INSERT: "I",
    RowKind.UPDATE_BEFORE: "UB",
    RowKind.UPDATE_AFTER: "UA",
    RowKind.DELETE: "D",
}
