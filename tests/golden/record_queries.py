"""Records what Apache Flink answers to the golden query cases.

Run it in an environment of its own that has ``apache-flink`` 2.3 and Java 17; the test run needs neither:

    python tests/golden/record_queries.py [TOPIC ...]

Without topics all are recorded. A case that Flink refuses is reported and left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.golden.query_cases import QueryCase, Recording, cases, in_folder, recording_file, set_up, topics

_MARK = "=== case"
_CHILD = "--child"
_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Short queries are over before the optimising compiler pays."""
_OPTIONS = (
    ("parallelism.default", "1"),
    ("table.local-time-zone", "UTC"),
    ("table.display.max-column-width", "200"),
)


def run_on_flink(topic: str) -> None:
    """Child process: print every case's result to standard output, each after a mark."""
    for mode in ("streaming", "batch"):
        shared = _environment(topic, mode, ())
        for case in cases(topic):
            if case.mode == mode:
                print(f"{_MARK} {case.name}", mode, flush=True)
                environment = _environment(topic, mode, case.options) if case.options else shared
                try:
                    _run(environment, case)
                except Exception as error:
                    print(f"refused: {error}"[:600], flush=True)


def _run(environment: Any, case: QueryCase) -> None:
    with tempfile.TemporaryDirectory() as temp:
        for statement in case.before:
            result = environment.execute_sql(in_folder(statement, temp))
            if statement.startswith("INSERT"):
                result.wait()
        environment.execute_sql(in_folder(case.sql, temp)).print()


def _environment(topic: str, mode: str, options: Sequence[tuple[str, str]]) -> Any:
    from pyflink.table import EnvironmentSettings, TableEnvironment

    environment = TableEnvironment.create(getattr(EnvironmentSettings, f"in_{mode}_mode")())
    for key, value in (*_OPTIONS, *options):
        environment.get_config().set(key, value)
    for statement in set_up(topic):
        environment.execute_sql(statement)
    return environment


def parse(output: str) -> dict[tuple[str, str], Recording]:
    """(case name, mode) -> the printed table."""
    answers = {}
    for part in output.split(_MARK)[1:]:
        header, _, body = part.partition("\n")
        name, mode = header.split()
        lines = [line for line in body.splitlines() if line.startswith("|")]
        table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        if table or "Empty set" in body:
            answers[name, mode] = Recording(name, mode, table[0] if table else [], table[1:])
        else:
            print(f"refused by Flink: {name} ({mode}): {body.strip()[:300]}", file=sys.stderr)
    return answers


def record(topic: str) -> None:
    """Write the recordings of ``topic`` anew."""
    command = [sys.executable, __file__, _CHILD, topic]
    environment = {**os.environ, "JAVA_TOOL_OPTIONS": _JAVA_OPTIONS}
    answers = parse(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)
    asked = [(case.name, case.mode) for case in cases(topic)]
    recorded = [answers[case] for case in asked if case in answers]
    recording_file(topic).write_text("".join(recording.to_json() + "\n" for recording in recorded))
    print(f"{topic}: {len(recorded)} recorded, {len(asked) - len(recorded)} refused")


def main() -> None:
    if _CHILD in sys.argv:
        run_on_flink(sys.argv[-1])
        return
    for topic in sys.argv[1:] or topics():
        record(topic)


if __name__ == "__main__":
    main()
