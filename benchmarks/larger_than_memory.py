"""``python -m benchmarks.larger_than_memory``: GROUP BY over more keys than memory holds.

The same job runs with its state in memory, then on disk with a quarter of the memory that took, each in a process of
its own. Each key comes equally often, so that the result is known: with as many rows a key as there are rounds, the sum
of the counts and the sum of their squares have the only values that are right for every single key.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import sqlstream
from benchmarks.report import Report

MEBIBYTE = 1 << 20
STEP = 12_345_677
"""A prime, so that keys come in an order that has nothing to do with their values, all of them once a round."""
FORMATS = {
    "seconds": ".1f", "rows/s": ",.0f", "managed MiB": ".0f", "peak RssAnon MiB": ".0f", "peak RssFile MiB": ".0f",
    "of it before MiB": ".0f",
}  # fmt: skip


def script(keys: int, rounds: int) -> tuple[str, str]:
    """The source, and the query that checks all groups."""
    rows = keys * rounds
    return (
        f"""
        CREATE TABLE numbers (n BIGINT) WITH (
          'connector' = 'datagen', 'rows-per-second' = '1000000000', 'number-of-rows' = '{rows}',
          'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = '{rows - 1}'
        )""",
        f"""
        SELECT COUNT(*), SUM(c), SUM(c * c), SUM(s)
        FROM (SELECT MOD(n * {STEP}, {keys}) AS k, COUNT(*) AS c, SUM(n) AS s
              FROM numbers GROUP BY MOD(n * {STEP}, {keys}))""",
    )


def expected(keys: int, rounds: int) -> tuple[int, ...]:
    rows = keys * rounds
    return keys, rows, keys * rounds**2, rows * (rows - 1) // 2


def resident() -> dict[str, float]:
    """This process's anonymous and file pages in memory, in MiB."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {name: int(fields[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile")}


def carry_out(order: dict[str, int | str]) -> dict[str, float]:
    """Run the job in this process; ValueError if the result is wrong."""
    keys, rounds = int(order["keys"]), int(order["rounds"])
    settings = {
        "table.exec.mini-batch.enabled": "true",
        "state.backend.type": str(order["backend"]),
        "taskmanager.memory.managed.size": f"{order['managed']}mb",
    }
    source, query = script(keys, rounds)
    peak, over = {"RssAnon": 0.0, "RssFile": 0.0}, threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            for name, value in resident().items():
                peak[name] = max(peak[name], value)

    with sqlstream.connect(settings) as session:
        for statement in (*script(10, 2), "DROP TABLE numbers"):
            session.sql(statement).fetchall()
        session.sql(source)
        before = resident()
        watcher = threading.Thread(target=watch)
        watcher.start()
        started = time.perf_counter()
        try:
            found = [tuple(row.values()) for row in session.sql(query).to_arrow().to_pylist()]
        finally:
            over.set()
            watcher.join()
        seconds = time.perf_counter() - started
    if found != [expected(keys, rounds)]:
        raise ValueError(f"Expected {expected(keys, rounds)}, not {found}.")
    return {
        "seconds": seconds,
        "rows/s": keys * rounds / seconds,
        "managed MiB": float(order["managed"]),
        "peak RssAnon MiB": peak["RssAnon"],
        "peak RssFile MiB": peak["RssFile"],
        "of it before MiB": before["RssAnon"] + before["RssFile"],
    }


def measure(keys: int, rounds: int, backend: str, managed: int) -> dict[str, float]:
    """The figures of a run in a process of its own."""
    order = json.dumps({"keys": keys, "rounds": rounds, "backend": backend, "managed": managed})
    command = [sys.executable, "-m", "benchmarks.larger_than_memory", "--order", order]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(ended.stderr)
    figures: dict[str, float] = json.loads(ended.stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keys", type=int, default=20_000_000, help="groups; not a multiple of the step")
    parser.add_argument("--rounds", type=int, default=3, help="rows of each group")
    parser.add_argument("--order", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.order is not None:
        json.dump(carry_out(json.loads(arguments.order)), sys.stdout)
        return
    keys, rounds = arguments.keys, arguments.rounds
    report = Report("larger_than_memory", f"GROUP BY over {keys:,} keys, {keys * rounds:,} rows", FORMATS)
    in_memory = measure(keys, rounds, "hashmap", 512)
    report.add("in memory", in_memory)
    needed = in_memory["peak RssAnon MiB"] + in_memory["peak RssFile MiB"] - in_memory["of it before MiB"]
    report.add("on disk, a quarter of that", measure(keys, rounds, "disk", int(needed / 4)))
    report.print()
    print(f"Written to {report.write()}")


if __name__ == "__main__":
    main()
