"""Sub-queries in every place and correlated in every way, over two tables of small random rows."""

from __future__ import annotations

TABLES = ("o", "i")
COLUMNS = ("id", "k", "v", "s")

SHAPES = {
    "in": "SELECT id FROM o WHERE v IN (SELECT v FROM i)",
    "not_in": "SELECT id FROM o WHERE v NOT IN (SELECT v FROM i WHERE k = 1)",
    "not_in_correlated": "SELECT id FROM o WHERE v NOT IN (SELECT v FROM i WHERE i.k = o.k)",
    "in_value": "SELECT id, v IN (SELECT v FROM i WHERE i.s = o.s) FROM o",
    "not_in_or": "SELECT id FROM o WHERE v NOT IN (SELECT v FROM i WHERE i.k = o.k) OR s = 'a'",
    "in_rows": "SELECT id FROM o WHERE (k, v) IN (SELECT k, v FROM i)",
    "exists": "SELECT id FROM o WHERE EXISTS (SELECT 1 FROM i WHERE i.k = o.k AND i.v > o.v)",
    "exists_unequal": "SELECT id, EXISTS (SELECT 1 FROM i WHERE i.v > o.v AND i.k < o.k) FROM o",
    "exists_or": (
        "SELECT id FROM o WHERE EXISTS (SELECT 1 FROM i WHERE i.k = o.k) OR NOT EXISTS (SELECT 1 FROM i WHERE i.s "
        "= o.s)"
    ),
    "exists_group": "SELECT id FROM o WHERE EXISTS (SELECT s FROM i WHERE i.k = o.k GROUP BY s HAVING COUNT(*) > 1)",
    "exists_union": (
        "SELECT id FROM o WHERE EXISTS (SELECT v FROM i WHERE i.k = o.k AND v > 3 UNION ALL SELECT 1 FROM i WHERE "
        "i.s = o.s AND i.v = o.v)"
    ),
    "not_exists_nested": (
        "SELECT id FROM o WHERE NOT EXISTS (SELECT 1 FROM i WHERE i.k = o.k AND NOT EXISTS (SELECT 1 FROM i AS j "
        "WHERE j.s = i.s AND j.v = o.v))"
    ),
    "not_exists_null_safe": (
        "SELECT id FROM o WHERE NOT EXISTS (SELECT 1 FROM i WHERE i.s IS NOT DISTINCT FROM o.s AND i.v = o.v)"
    ),
    "scalar": "SELECT id, v - (SELECT MAX(v) FROM i) FROM o",
    "scalar_correlated": "SELECT id FROM o WHERE v >= (SELECT MIN(v) FROM i WHERE i.k = o.k)",
    "scalar_count": "SELECT id, (SELECT COUNT(*) FROM i WHERE i.k = o.k AND i.s = o.s) FROM o",
    "scalar_count_unequal": "SELECT id, (SELECT COUNT(v) FROM i WHERE i.v < o.v) FROM o",
    "scalar_count_is_zero": "SELECT id FROM o WHERE (SELECT COUNT(*) FROM i WHERE i.k = o.v) = 0",
    "scalar_of_outer_value": "SELECT id, (SELECT SUM(i.v + o.k) FROM i WHERE i.s = o.s) FROM o",
    "scalar_nested": (
        "SELECT id, (SELECT MAX(v) FROM i WHERE i.k = o.k AND i.v < (SELECT MAX(v) FROM i AS j WHERE j.s = o.s)) FROM o"
    ),
    "scalar_of_join": (
        "SELECT id, (SELECT COUNT(*) FROM i JOIN i AS j ON i.v = j.v WHERE i.k = o.k AND j.s = o.s) FROM o"
    ),
    "scalar_of_outer_join": (
        "SELECT id, (SELECT COUNT(j.id) FROM i LEFT JOIN i AS j ON i.v = j.v AND j.k = o.k WHERE i.s = o.s) FROM o"
    ),
    "scalar_having": "SELECT k, COUNT(*) FROM o GROUP BY k HAVING COUNT(*) > (SELECT COUNT(*) FROM i WHERE i.k = o.k)",
    "scalar_of_intersect": (
        "SELECT id, (SELECT COUNT(*) FROM (SELECT v FROM i WHERE i.k = o.k INTERSECT SELECT v FROM i WHERE i.s = "
        "o.s) AS t) FROM o"
    ),
    "any_less": "SELECT id, v < ANY (SELECT v FROM i WHERE i.k = o.k) FROM o",
    "all_unequal": "SELECT id FROM o WHERE v > ALL (SELECT v FROM i WHERE i.s = o.s)",
    "lateral": "SELECT o.id, t.v FROM o, LATERAL (SELECT v FROM i WHERE i.k = o.k AND i.v > o.v) AS t",
    "lateral_count": (
        "SELECT o.id, t.n, t.m FROM o, LATERAL (SELECT COUNT(*) AS n, MAX(v) AS m FROM i WHERE i.k = o.k) AS t"
    ),
    "lateral_left": (
        "SELECT o.id, t.x FROM o LEFT JOIN LATERAL (SELECT i.v + o.v AS x FROM i WHERE i.k = o.k AND i.s = o.s) "
        "AS t ON TRUE"
    ),
    "lateral_group": (
        "SELECT o.id, t.s, t.n FROM o, LATERAL (SELECT s, COUNT(*) AS n FROM i WHERE i.k < o.k GROUP BY s) AS t"
    ),
    "lateral_top_two": (
        "SELECT o.id, t.id FROM o, LATERAL (SELECT id FROM i WHERE i.k = o.k ORDER BY id DESC LIMIT 2) AS t"
    ),
    "lateral_except": (
        "SELECT o.id, t.v FROM o, LATERAL (SELECT v FROM i WHERE i.k = o.k EXCEPT ALL SELECT v FROM i WHERE i.s = "
        "o.s) AS t"
    ),
    "retracting": (
        "SELECT g.k, g.n, (SELECT COUNT(*) FROM i WHERE i.k = g.n) FROM (SELECT k, COUNT(*) AS n FROM o GROUP BY "
        "k) AS g"
    ),
    "retracting_inside": (
        "SELECT id, EXISTS (SELECT 1 FROM (SELECT k, SUM(v) AS t FROM i GROUP BY k) AS g WHERE g.k = o.k AND g.t "
        "> o.v) FROM o"
    ),
    "intersect": "SELECT k, v FROM o INTERSECT SELECT k, v FROM i",
    "except_all": "SELECT k, s FROM o EXCEPT ALL SELECT k, s FROM i",
    "intersect_all": "SELECT v FROM o INTERSECT ALL SELECT v FROM i",
}
"""By name; all are the same in DuckDB's SQL."""
