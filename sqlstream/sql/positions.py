"""Where in the script a syntax node was written."""

from __future__ import annotations

from sqlglot import exp

from sqlstream.errors import Position


def position_of(node: exp.Expression) -> Position | None:
    """The place of ``node``: its own name or literal, or else all it spans; None for a node not read from text.

    Lines and columns count from 1 in the whole script. A node over several lines is marked on its first one.
    """
    own = node.meta
    if "start" in own:
        return Position(own["line"], own["col"], own["end"] - own["start"] + 1)
    places = [child.meta for child in node.walk() if "start" in child.meta]
    if not places:
        return None
    first = min(places, key=lambda meta: meta["start"])
    end = max(meta["end"] for meta in places if meta["line"] == first["line"])
    return Position(first["line"], first["col"], end - first["start"] + 1)
