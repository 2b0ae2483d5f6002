"""Record what Apache Flink answers to every line of ``expressions.sql`` into ``expressions.jsonl``.

Run it in an environment of its own that has ``apache-flink`` 2.3 and Java; the test run needs neither:

    python tests/golden/record_expressions.py

Each record is ``{"sql", "type", "value"}``: the type as Flink prints it, the value as its tableau mode prints it.
An expression that Flink refuses has ``"error"`` instead: ``validation`` when it is refused before it runs, ``data``
when it fails on a value.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyflink.table import EnvironmentSettings, TableEnvironment

HERE = Path(__file__).parent
TIME_ZONE = "Europe/Berlin"
CHUNK = 40


def values(environment: TableEnvironment, expressions: list[str]) -> list[str]:
    """The tableau text of each expression, in one job."""
    columns = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(expressions))
    result = environment.execute_sql(f"SELECT {columns}")._j_table_result
    rows = result.collectInternal()
    text = list(result.getRowDataToStringConverter().convert(rows.next()))
    rows.close()
    return text


def recorded(environment: TableEnvironment, expressions: list[str]) -> dict[str, dict[str, Any]]:
    """One record an expression; a chunk that fails is halved until the culprits stand alone."""
    try:
        texts = values(environment, expressions)
    except Exception as error:
        if len(expressions) == 1:
            print(expressions[0], "->", repr(error).splitlines()[0])
            return {expressions[0]: {"error": "data"}}
        middle = len(expressions) // 2
        return recorded(environment, expressions[:middle]) | recorded(environment, expressions[middle:])
    return {sql: {"value": text} for sql, text in zip(expressions, texts, strict=True)}


def main() -> None:
    environment = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    environment.get_config().set("table.local-time-zone", TIME_ZONE)
    environment.get_config().set("parallelism.default", "1")
    records: dict[str, dict[str, Any]] = {}
    for sql in (HERE / "expressions.sql").read_text().splitlines():
        try:
            table = environment.sql_query(f"SELECT {sql} AS c0")
            schema = table._j_table.getResolvedSchema()
            records[sql] = {"type": str(schema.getColumnDataTypes().get(0).getLogicalType().asSummaryString())}
        except Exception as error:
            print(sql, "->", str(error).splitlines()[0])
            records[sql] = {"error": "validation"}
    valid = [sql for sql, record in records.items() if "error" not in record]
    for start in range(0, len(valid), CHUNK):
        for sql, answer in recorded(environment, valid[start : start + CHUNK]).items():
            records[sql] |= answer
    with (HERE / "expressions.jsonl").open("w") as out:
        for sql, record in records.items():
            out.write(json.dumps({"sql": sql, **record}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
