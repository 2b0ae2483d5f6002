"""The script that runs under disturbance, and its result: as the files say, and as DuckDB computes it.

The generated tables are ordered by event time in each split, and the watermark follows without delay, so no row is
ever late and the result is the same in every run. Three pipelines of one job write, exactly once, a windowed
aggregation into Parquet, a join without time bounds into CSV, and the changes of an unbounded aggregate into JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from sqlstream.config.configuration import Configuration
from sqlstream.spi.connector import TableContext
from sqlstream.spi.plugins import load_plugin
from sqlstream.types.parse import parse_type
from sqlstream.types.schema import Field, Schema

JOINED_SHARE = 50
"""One of so many orders and payments is joined: a join keeps all it has seen, and each recovery reads it again."""
FULL_SPEED = 1_000_000_000
_REFERENCE_STEP = 1_000_000
_WINDOW_MS = 10_000

_SCRIPT = """\
SET 'parallelism.default' = '{parallelism}';
SET 'table.exec.mini-batch.enabled' = 'true';

CREATE TABLE orders (
  id BIGINT, customer INT, kind INT, amount INT,
  ts AS TO_TIMESTAMP_LTZ(id, 3),
  WATERMARK FOR ts AS ts
) WITH ({orders});

CREATE TABLE payments (id BIGINT, order_id BIGINT, paid INT) WITH ({payments});

CREATE TABLE per_window (
  window_start TIMESTAMP_LTZ(3), window_end TIMESTAMP_LTZ(3), kind INT, orders BIGINT, amount BIGINT, largest INT
) WITH ('connector' = 'filesystem', 'path' = '{output}/per_window', 'format' = 'parquet');

CREATE TABLE paid_orders (
  id BIGINT, payment BIGINT, customer INT, amount INT, paid INT
) WITH ('connector' = 'filesystem', 'path' = '{output}/paid_orders', 'format' = 'csv');

CREATE TABLE per_customer (
  customer INT, orders BIGINT, amount BIGINT
) WITH ('connector' = 'filesystem', 'path' = '{output}/per_customer', 'format' = 'debezium-json');

EXECUTE STATEMENT SET BEGIN
INSERT INTO per_window
SELECT window_start, window_end, kind, COUNT(*), SUM(CAST(amount AS BIGINT)), MAX(amount)
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '{window}' SECOND))
GROUP BY window_start, window_end, kind;

INSERT INTO paid_orders
SELECT o.id, p.id, o.customer, o.amount, p.paid
FROM orders AS o JOIN payments AS p ON o.id = p.order_id
WHERE MOD(o.id, {share}) = 0 AND MOD(p.order_id, {share}) = 0;

INSERT INTO per_customer
SELECT customer, COUNT(*), SUM(CAST(amount AS BIGINT)) FROM orders GROUP BY customer;
END;
"""

RESULTS = {
    "per_window": "SELECT epoch_ms(window_start), epoch_ms(window_end), kind, orders, amount, largest "
    "FROM read_parquet('{directory}/per_window/*.parquet')",
    "paid_orders": "SELECT * FROM read_csv('{directory}/paid_orders/*.csv', header = false, "
    "columns = {{'id': 'BIGINT', 'payment': 'BIGINT', 'customer': 'INT', 'amount': 'INT', 'paid': 'INT'}})",
    "per_customer": "SELECT r.customer, r.orders, r.amount FROM ("
    'SELECT coalesce("after", "before") AS r, sum(if(op = \'c\', 1, -1)) AS times '
    "FROM read_json('{directory}/per_customer/*.json', format = 'newline_delimited', columns = {{"
    "'before': 'STRUCT(customer INT, orders BIGINT, amount BIGINT)', "
    "'after': 'STRUCT(customer INT, orders BIGINT, amount BIGINT)', 'op': 'VARCHAR'}}) "
    "GROUP BY ALL), LATERAL (SELECT unnest(range(if(times < 0, 1000, times)::BIGINT)))",
}
"""The rows in a directory's files. Changes add up: each row is there as often as it was created more than deleted, and
one deleted more often than created is there a thousand times, so that it is noticed."""


@dataclass(frozen=True)
class Workload:
    """``rows`` orders and as many payments, at ``rows_per_second`` at most."""

    rows: int
    parallelism: int
    rows_per_second: int = FULL_SPEED

    def write_script(self, path: Path, output: Path, landing: Path | None = None) -> Path:
        """The script at ``path``, whose results are directories of ``output``. With ``landing`` the rows are those of
        the Parquet files that turn up in its directories ``orders`` and ``payments``."""
        path.write_text(
            _SCRIPT.format(
                parallelism=self.parallelism,
                orders=_with(self._orders() if landing is None else _landing_in(landing / "orders")),
                payments=_with(self._payments() if landing is None else _landing_in(landing / "payments")),
                output=output,
                window=_WINDOW_MS // 1000,
                share=JOINED_SHARE,
            )
        )
        return path

    def _orders(self) -> dict[str, str]:
        return {
            **self._sequence(seed=1),
            "fields.customer.min": "0",
            "fields.customer.max": "499",
            "fields.kind.min": "0",
            "fields.kind.max": "9",
            "fields.amount.min": "1",
            "fields.amount.max": "1000",
        }

    def _payments(self) -> dict[str, str]:
        return {
            **self._sequence(seed=2),
            "fields.order_id.min": "0",
            "fields.order_id.max": str(self.rows - 1),
            "fields.paid.min": "1",
            "fields.paid.max": "1000",
        }

    def _sequence(self, seed: int) -> dict[str, str]:
        return {
            "connector": "datagen",
            "rows-per-second": str(self.rows_per_second),
            "seed": str(seed),
            "fields.id.kind": "sequence",
            "fields.id.start": "0",
            "fields.id.end": str(self.rows - 1),
        }

    def orders(self) -> Iterator[pa.RecordBatch]:
        """The rows of the table ``orders``, by id."""
        return _rows("id BIGINT, customer INT, kind INT, amount INT", self._orders())

    def payments(self) -> Iterator[pa.RecordBatch]:
        """The rows of the table ``payments``, by id."""
        return _rows("id BIGINT, order_id BIGINT, paid INT", self._payments())

    def reference(self) -> duckdb.DuckDBPyConnection:
        """A database with a table for each of :data:`RESULTS`, computed from the same rows."""
        database = duckdb.connect()
        database.execute(
            "CREATE TABLE windows (s BIGINT, kind INT, orders BIGINT, amount BIGINT, largest INT);"
            "CREATE TABLE customers (customer INT, orders BIGINT, amount BIGINT);"
            "CREATE TABLE joined_orders (id BIGINT, customer INT, amount INT);"
            "CREATE TABLE joined_payments (id BIGINT, order_id BIGINT, paid INT)"
        )
        for orders in self.orders():
            database.register("orders", orders)
            database.execute(
                f"INSERT INTO windows SELECT id // {_WINDOW_MS} * {_WINDOW_MS} AS s, kind, count(*), sum(amount), "
                "max(amount) FROM orders GROUP BY s, kind;"
                "INSERT INTO customers SELECT customer, count(*), sum(amount) FROM orders GROUP BY customer;"
                f"INSERT INTO joined_orders SELECT id, customer, amount FROM orders WHERE id % {JOINED_SHARE} = 0"
            )
        for payments in self.payments():
            database.register("payments", payments)
            database.execute(f"INSERT INTO joined_payments SELECT * FROM payments WHERE order_id % {JOINED_SHARE} = 0")
        database.execute(
            f"CREATE TABLE per_window AS SELECT s, s + {_WINDOW_MS}, kind, sum(orders)::BIGINT, sum(amount)::BIGINT, "
            "max(largest) FROM windows GROUP BY s, kind;"
            "CREATE TABLE per_customer AS SELECT customer, sum(orders)::BIGINT, sum(amount)::BIGINT "
            "FROM customers GROUP BY customer;"
            "CREATE TABLE paid_orders AS SELECT o.id, p.id, o.customer, o.amount, p.paid "
            "FROM joined_orders o JOIN joined_payments p ON o.id = p.order_id"
        )
        return database


def differences(reference: duckdb.DuckDBPyConnection, directory: Path, shown: int = 10) -> list[str]:
    """How the files below ``directory`` differ from the reference, row for row; empty when they do not."""
    found = []
    for table, query in RESULTS.items():
        if not any((directory / table).glob("part-*")):
            found.append(f"{table}: no files")
            continue
        rows = query.format(directory=directory)
        for what, text in (
            ("missing", f"FROM {table} EXCEPT ALL ({rows})"),
            ("surplus", f"({rows}) EXCEPT ALL FROM {table}"),
        ):
            count = reference.sql(f"SELECT count(*) FROM ({text})").fetchall()[0][0]
            if count:
                examples = reference.sql(f"FROM ({text}) ORDER BY ALL LIMIT {shown}").fetchall()
                found.append(f"{table}: {count} rows {what}, such as {', '.join(map(str, examples))}")
    return found


def _with(options: dict[str, str]) -> str:
    return ", ".join(f"'{key}' = '{value}'" for key, value in options.items())


def _landing_in(directory: Path) -> dict[str, str]:
    return {
        "connector": "filesystem",
        "path": str(directory),
        "format": "parquet",
        "source.monitor-interval": "100 ms",
    }


def _rows(columns: str, options: dict[str, str]) -> Iterator[pa.RecordBatch]:
    """The rows that datagen makes."""
    schema = Schema(tuple(Field(name, parse_type(type_)) for name, type_ in (c.split() for c in columns.split(", "))))
    given = {key: value for key, value in options.items() if key != "connector"}
    source = load_plugin("connectors", options["connector"]).source(TableContext("t", Configuration(given), schema))
    (split,) = source.splits(1)
    reader = source.reader(split, None)
    while (batch := reader.read(_REFERENCE_STEP, 1.0)) is not None:
        yield batch.data
