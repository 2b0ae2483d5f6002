"""Every query shape of the engine, and the same question asked of DuckDB."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """``duckdb`` is the same query in DuckDB's SQL, None where the text is the same. ``count_only``: which rows come
    is not determined, only how many. ``modes``: the runtime modes in which it is defined."""

    name: str
    sql: str
    duckdb: str | None = None
    count_only: bool = False
    modes: tuple[str, ...] = ("streaming", "batch")


def _windows(assign: str, select: str, group: str) -> str:
    return f"SELECT {select} FROM ({assign}) AS w GROUP BY {group}"


_MS = "epoch_ms(ts)"
_TUMBLE = f"SELECT *, make_timestamp(({_MS} // 10000) * 10000000) AS ws, ws + INTERVAL 10 SECOND AS we FROM events"
_TUMBLE_OFFSET = (
    f"SELECT *, make_timestamp((({_MS} - 3000) // 10000) * 10000000 + 3000000) AS ws, "
    "ws + INTERVAL 10 SECOND AS we FROM events"
)
_HOP = (
    f"SELECT *, make_timestamp((({_MS} // 5000) - i) * 5000000) AS ws, ws + INTERVAL 15 SECOND AS we "
    "FROM events, (SELECT unnest(range(3)) AS i)"
)
_CUMULATE = (
    f"SELECT * FROM (SELECT *, make_timestamp(({_MS} // 30000) * 30000000) AS ws, "
    "ws + INTERVAL 10 SECOND * (i + 1) AS we FROM events, (SELECT unnest(range(3)) AS i)) WHERE we > ts"
)


def _tvf(call: str, select: str, keys: str = "") -> str:
    return f"SELECT {select} FROM TABLE({call}) GROUP BY window_start, window_end{keys}"


_FLINK_TUMBLE = "TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND)"
_FLINK_OFFSET = "TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '3' SECOND)"
_FLINK_HOP = "HOP(TABLE events, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)"
_FLINK_CUMULATE = "CUMULATE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND)"
_WINDOW_AGGREGATES = "COUNT(*), SUM(v), MIN(x), MAX(k), COUNT(DISTINCT v), COUNT(*) FILTER (WHERE v > 5)"

_COUNTS = "(SELECT k, COUNT(*) AS n, SUM(v) AS s FROM events GROUP BY k)"
_GROUPS = f"{_COUNTS} AS g"

SHAPES = [
    Shape("projection", "SELECT id, v + 1, k FROM events"),
    Shape("filter", "SELECT id FROM events WHERE v > 3 AND (k <> 'a' OR x IS NULL)"),
    Shape("union_all", "SELECT k, v FROM events WHERE v > 5 UNION ALL SELECT k, c FROM dims"),
    Shape(
        "union_order_by",
        "SELECT v FROM events UNION ALL SELECT c FROM dims ORDER BY v DESC LIMIT 30",
        modes=("batch",),
    ),
    Shape("union", "SELECT k FROM events UNION SELECT k FROM dims"),
    Shape("distinct", "SELECT DISTINCT k, v FROM events"),
    Shape("group", "SELECT k, COUNT(*), COUNT(v), SUM(v), MIN(v), MAX(v), MIN(k) FROM events GROUP BY k"),
    Shape("group_float", "SELECT k, SUM(x), AVG(x), MIN(x), MAX(x) FROM events GROUP BY k"),
    Shape("group_two_keys", "SELECT k, v, COUNT(*), SUM(id) FROM events GROUP BY k, v"),
    Shape("group_expression", "SELECT MOD(id, 7), COUNT(*) FROM events GROUP BY MOD(id, 7)"),
    Shape("global", "SELECT COUNT(*), SUM(v), MAX(x), MIN(k) FROM events"),
    Shape("group_distinct", "SELECT k, COUNT(DISTINCT v), SUM(DISTINCT v), COUNT(v) FROM events GROUP BY k"),
    Shape(
        "group_filter", "SELECT k, COUNT(*) FILTER (WHERE v > 5), SUM(v) FILTER (WHERE x > 0) FROM events GROUP BY k"
    ),
    Shape("having", "SELECT k, COUNT(*) FROM events GROUP BY k HAVING SUM(v) > 20"),
    Shape(
        "retraction", f"SELECT n, COUNT(*), SUM(s), MIN(s), MAX(s), MAX(k), COUNT(DISTINCT s) FROM {_GROUPS} GROUP BY n"
    ),
    Shape("retraction_global", f"SELECT COUNT(*), SUM(n), MAX(n), MIN(s), COUNT(DISTINCT n) FROM {_GROUPS}"),
    Shape("retraction_filter", f"SELECT k, s FROM {_GROUPS} WHERE s > 10 AND n < 20"),
    Shape(
        "percentile",
        "SELECT k, PERCENTILE(v, 0.9) FROM events GROUP BY k",
        "SELECT k, quantile_cont(v, 0.9) FROM events GROUP BY k",
    ),
    Shape("join", "SELECT e.id, e.k, d.c FROM events AS e JOIN dims AS d ON e.k = d.k"),
    Shape("join_residual", "SELECT e.id, d.c FROM events AS e JOIN dims AS d ON e.k = d.k AND e.v > d.c"),
    Shape("join_many", "SELECT a.id, b.id FROM events AS a JOIN events AS b ON a.v = b.v AND a.k = b.k"),
    Shape("join_retracting", f"SELECT g.k, g.n, g.s, d.c FROM {_GROUPS} JOIN dims AS d ON g.k = d.k"),
    Shape("join_two_retracting", f"SELECT g.k, h.k, g.s FROM {_GROUPS} JOIN {_COUNTS} AS h ON g.n = h.n"),
    Shape("join_aggregate", "SELECT d.c, COUNT(*), SUM(e.v) FROM events AS e JOIN dims AS d ON e.k = d.k GROUP BY d.c"),
    Shape("subquery", "SELECT y FROM (SELECT v * 2 AS y, k FROM events WHERE k IS NOT NULL) AS t WHERE y > 6"),
    Shape("view", "SELECT k, total FROM totals WHERE total > 0"),
    Shape(
        "tumble",
        _tvf(_FLINK_TUMBLE, f"window_start, window_end, k, {_WINDOW_AGGREGATES}", ", k"),
        _windows(_TUMBLE, f"ws, we, k, {_WINDOW_AGGREGATES}", "ws, we, k"),
    ),
    Shape(
        "tumble_global",
        _tvf(_FLINK_TUMBLE, f"window_start, {_WINDOW_AGGREGATES}"),
        _windows(_TUMBLE, f"ws, {_WINDOW_AGGREGATES}", "ws, we"),
    ),
    Shape(
        "tumble_offset",
        _tvf(_FLINK_OFFSET, "window_start, window_end, COUNT(*)"),
        _windows(_TUMBLE_OFFSET, "ws, we, COUNT(*)", "ws, we"),
    ),
    Shape(
        "hop",
        _tvf(_FLINK_HOP, f"window_start, window_end, k, {_WINDOW_AGGREGATES}", ", k"),
        _windows(_HOP, f"ws, we, k, {_WINDOW_AGGREGATES}", "ws, we, k"),
    ),
    Shape(
        "cumulate",
        _tvf(_FLINK_CUMULATE, f"window_start, window_end, k, {_WINDOW_AGGREGATES}", ", k"),
        _windows(_CUMULATE, f"ws, we, k, {_WINDOW_AGGREGATES}", "ws, we, k"),
    ),
    Shape(
        "window_rows",
        f"SELECT id, window_start, window_end FROM TABLE({_FLINK_HOP})",
        f"SELECT id, ws, we FROM ({_HOP})",
    ),
    Shape(
        "window_join",
        "SELECT w.window_start, w.k, w.n, d.c "
        f"FROM ({_tvf(_FLINK_TUMBLE, 'window_start, k, COUNT(*) AS n', ', k')}) AS w "
        "JOIN dims AS d ON w.k = d.k",
        f"SELECT w.ws, w.k, w.n, d.c FROM ({_windows(_TUMBLE, 'ws, k, COUNT(*) AS n', 'ws, we, k')}) AS w "
        "JOIN dims AS d ON w.k = d.k",
    ),
    Shape("limit", "SELECT id FROM events LIMIT 17", count_only=True),
    Shape("limit_retracting", f"SELECT k FROM {_GROUPS} LIMIT 3", count_only=True),
    Shape("order_by", "SELECT id, v FROM events ORDER BY v DESC, id", modes=("batch",)),
    Shape(
        "order_by_limit",
        "SELECT id, v FROM events ORDER BY v, id LIMIT 9 OFFSET 2",
        "SELECT id, v FROM events ORDER BY v NULLS FIRST, id LIMIT 9 OFFSET 2",
        modes=("batch",),
    ),
]
