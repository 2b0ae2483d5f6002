"""Sessions of many keys: rows that lie closer together than a gap, found row by row.

The sessions of a key are nodes of a linked list in the order of time; ``head[key]`` is its first, -1 without any. Node
``n`` covers [``starts[n]``, ``ends[n]``], which includes the gap after its last row; two that touch are one.
``born[n]`` is the time of the row that made it: no other open session of its key has the same.

Where sessions merge, what was aggregated for them has to be merged in the order of time. So the rows of a batch are
given segments: runs of rows of one session that nothing was merged into in between. A session's segments are in a
list, and the first of it is of what the session had before the batch.
"""

from __future__ import annotations

from typing import Any

from sqlstream.kernels.compiled import I64, I64R, Part, int64, kernel

M_FREE = 0
"""Entries of ``free``, the stack of nodes to reuse."""
M_SEGMENTS = 1
"""Segments of this batch."""
M_MADE = 2
"""Nodes made in this batch."""
M_DEAD = 3
"""Nodes that were merged into others in this batch."""
META_LENGTH = 4


@Part
def _own_segment(node: Any, first: Any, last: Any, owner: Any, following: Any, meta: Any) -> None:
    """Give ``node`` its first segment, unless this batch has given it one."""
    if first[node] < 0:
        segment = meta[M_SEGMENTS]
        meta[M_SEGMENTS] += 1
        owner[segment] = node
        following[segment] = -1
        first[node] = segment
        last[node] = segment


@Part
def _absorb(
    node: Any,
    other: Any,
    ends: Any,
    nexts: Any,
    first: Any,
    last: Any,
    owner: Any,
    following: Any,
    dead: Any,
    meta: Any,
) -> None:
    """``other``, the next session, becomes a part of ``node``; what follows goes into a new segment."""
    _own_segment(node, first, last, owner, following, meta)
    _own_segment(other, first, last, owner, following, meta)
    fresh = meta[M_SEGMENTS]
    meta[M_SEGMENTS] += 1
    owner[fresh] = -1
    following[fresh] = -1
    following[last[node]] = first[other]
    following[last[other]] = fresh
    last[node] = fresh
    ends[node] = max(ends[node], ends[other])
    nexts[node] = nexts[other]
    dead[meta[M_DEAD]] = other
    meta[M_DEAD] += 1


@kernel(I64R, I64R, int64, int64, I64, I64, I64, I64, I64, I64, I64, I64, I64, I64, I64, I64, I64, I64, I64)
def assign(
    keys: Any, times: Any, gap: Any, closed: Any,
    head: Any, starts: Any, ends: Any, born: Any, nexts: Any, node_keys: Any, first: Any, last: Any, free: Any,
    out: Any, owner: Any, following: Any, made: Any, dead: Any, meta: Any,
) -> None:  # fmt: skip
    """``out[i]`` = the segment of the row of ``keys[i]`` at ``times[i]``; -1 if it is late: its session would have
    ended by ``closed``. ``first`` is -1 outside; ``free`` has a node for every row."""
    for i in range(len(keys)):
        key = keys[i]
        start = times[i]
        end = start + gap
        before = -1
        node = head[key]
        while node >= 0 and ends[node] < start:
            before = node
            node = nexts[node]
        if node >= 0 and starts[node] <= end:
            starts[node] = min(starts[node], start)
            ends[node] = max(ends[node], end)
            while nexts[node] >= 0 and starts[nexts[node]] <= ends[node]:
                _absorb(node, nexts[node], ends, nexts, first, last, owner, following, dead, meta)
        elif end - 1 <= closed:
            out[i] = -1
            continue
        else:
            meta[M_FREE] -= 1
            fresh = free[meta[M_FREE]]
            starts[fresh] = start
            ends[fresh] = end
            born[fresh] = start
            node_keys[fresh] = key
            nexts[fresh] = node
            if before >= 0:
                nexts[before] = fresh
            else:
                head[key] = fresh
            made[meta[M_MADE]] = fresh
            meta[M_MADE] += 1
            node = fresh
        _own_segment(node, first, last, owner, following, meta)
        out[i] = last[node]


@kernel(I64R, I64R, I64, I64R, I64, I64)
def fold(nodes: Any, following: Any, first: Any, owner: Any, into: Any, segments: Any) -> Any:
    """For each of ``nodes`` in turn, its segments but the first, in order: ``segments[j]`` is to be merged into
    ``into[j]``, the first. Resets ``first``. Returns how many there are."""
    count = 0
    for i in range(len(nodes)):
        target = first[nodes[i]]
        first[nodes[i]] = -1
        segment = following[target]
        while segment >= 0:
            if owner[segment] >= 0:
                first[owner[segment]] = -1
            into[count] = target
            segments[count] = segment
            count += 1
            segment = following[segment]
    return count


@kernel(I64R, I64R, I64R, I64R, I64R, I64R, I64)
def find(keys: Any, times: Any, head: Any, starts: Any, ends: Any, nexts: Any, out: Any) -> None:
    """``out[i]`` = the session of ``keys[i]`` (-1: none) that covers ``times[i]``, or -1."""
    for i in range(len(keys)):
        out[i] = -1
        node = head[keys[i]] if keys[i] >= 0 else -1
        while node >= 0 and starts[node] <= times[i]:
            if times[i] < ends[node]:
                out[i] = node
                break
            node = nexts[node]


@kernel(I64R, I64R, I64, I64)
def link(nodes: Any, node_keys: Any, head: Any, nexts: Any) -> None:
    """Put ``nodes``, the sessions of each key in the order of time, into the empty lists of their keys."""
    for j in range(len(nodes)):
        node = nodes[len(nodes) - 1 - j]
        nexts[node] = head[node_keys[node]]
        head[node_keys[node]] = node


@kernel(I64R, I64R, I64, I64R, I64)
def retire(nodes: Any, node_keys: Any, head: Any, nexts: Any, empty: Any) -> Any:
    """Take ``nodes``, in the order of time, out of their lists, where they are the first. ``empty`` receives the keys
    that are left without a session; returns their number."""
    count = 0
    for i in range(len(nodes)):
        key = node_keys[nodes[i]]
        head[key] = nexts[nodes[i]]
        if head[key] < 0:
            empty[count] = key
            count += 1
    return count
