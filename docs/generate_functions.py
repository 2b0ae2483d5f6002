"""Writes ``docs/functions.md`` from the functions as they are declared: ``python docs/generate_functions.py``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlstream.functions.registry import AggregateFunction, Function, OverFunction, function_names, lookup

PAGE = Path(__file__).with_name("functions.md")

_INTRODUCTION = """\
# Functions

Names may be written in any case. Arguments are cast where Flink casts them; unless the text says otherwise, the result
is NULL when an argument is. `SHOW FUNCTIONS;` lists the names.

```sql
SELECT UPPER('flink') AS a, SPLIT_INDEX('a;b;c', ';', 1) AS b, 7 / 2 AS c;
```

```text
+----+--------------------------------+--------------------------------+-------------+
| op |                              a |                              b |           c |
+----+--------------------------------+--------------------------------+-------------+
| +I |                          FLINK |                              b |           3 |
+----+--------------------------------+--------------------------------+-------------+
Received a total of 1 row
```
"""
_CONCLUSION = """
Window functions are called with an [OVER window](over.md); so may aggregate functions be. `LAG` and `LEAD` take
`IGNORE NULLS` after the call.

`DISTINCT` before the argument, and `FILTER (WHERE ...)` after the call, go with every aggregate function.
`CAST(a AS type)` fails where a value does not fit; `TRY_CAST(a AS type)` gives NULL.
"""
_WRITTEN = {
    "UNARY_MINUS": "-a",
    "IS_NULL": "a IS NULL",
    "IS_NOT_NULL": "a IS NOT NULL",
    "IS_TRUE": "a IS TRUE",
    "IS_NOT_TRUE": "a IS NOT TRUE",
    "IS_FALSE": "a IS FALSE",
    "IS_NOT_FALSE": "a IS NOT FALSE",
    "IS_UNKNOWN": "a IS UNKNOWN",
    "IS_NOT_UNKNOWN": "a IS NOT UNKNOWN",
    "IS_DISTINCT_FROM": "a IS DISTINCT FROM b",
    "IS_NOT_DISTINCT_FROM": "a IS NOT DISTINCT FROM b",
    "AND": "a AND b",
    "OR": "a OR b",
    "NOT": "NOT a",
    "IN": "a IN (b, ...)",
    "LIKE": "a LIKE b [ESCAPE c]",
    "SIMILAR_TO": "a SIMILAR TO b [ESCAPE c]",
    "CASE": "CASE [a] WHEN b THEN c ... [ELSE d] END",
    "ITEM": "a[b]",
    "DOT": "a.b",
    "ARRAY": "ARRAY[a, ...]",
    "MAP": "MAP[a, b, ...]",
    "ROW": "ROW(a, ...)",
    "EXTRACT": "EXTRACT(unit FROM a)",
    "FLOOR_TIME": "FLOOR(a TO unit)",
    "CEIL_TIME": "CEIL(a TO unit)",
}
"""What is not written as a call -> how it is written."""
_INTERNAL = {"$SUM0", "SINGLE_VALUE"}
"""What only the planner calls."""


def is_operator(name: str) -> bool:
    """Whether ``name`` is not written as a call."""
    return name in _WRITTEN or not name[0].isalpha()


def forms(name: str, function: Function) -> Iterable[str]:
    """How calls are written."""
    if name in _WRITTEN:
        return [_WRITTEN[name]]
    if is_operator(name):
        return [f"a {name} b"]
    return function.signatures or [f"{name}()"]


def section(title: str, named: Iterable[tuple[str, Function]]) -> str:
    """One line a function."""
    rows = [f"\n## {title}\n", "| form | gives | example |", "| --- | --- | --- |"]
    for name, function in named:
        written = "<br>".join(code(form) for form in forms(name, function))
        others = [alias for alias in function.aliases if not is_operator(alias)]
        aliases = f" Also {', '.join(map(code, others))}." if others else ""
        examples = "<br>".join(
            f"{code(example.sql)} → {'NULL' if example.value is None else code(example.value)}"
            for example in function.examples
        )
        rows.append(f"| {written} | {escaped(function.doc)}{aliases} | {examples} |")
    return "\n".join(rows) + "\n"


def escaped(text: str) -> str:
    """``text`` as it may stand in a table."""
    return text.replace("|", "\\|")


def code(text: str) -> str:
    """``text`` as code in a table; an empty one as quotes."""
    return f"`{escaped(text)}`" if text else "`''`"


def page() -> str:
    """The text of the page."""
    found = {name: lookup(name) for name in function_names() if name not in _INTERNAL}
    named = [(name, function) for name, function in found.items() if function is not None and name == function.name]
    operators = [item for item in named if is_operator(item[0])]
    aggregates = [item for item in named if isinstance(item[1], AggregateFunction)]
    overs = [item for item in named if isinstance(item[1], OverFunction)]
    scalars = [item for item in named if item not in operators and item not in aggregates and item not in overs]
    return (
        _INTRODUCTION
        + section("Operators", operators)
        + section("Scalar functions", scalars)
        + section("Aggregate functions", aggregates)
        + section("Window functions", overs)
        + _CONCLUSION
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
