"""Records what Apache Flink answers to the golden query cases.

Run it in an environment of its own that has ``apache-flink`` 2.3 and Java 17; the test run needs neither:

    python tests/golden/record_queries.py

A case that Flink refuses is reported and left out.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.golden.query_cases import RECORDED, QueryCase, Recording, cases, set_up

_MARK = "=== case"


def run_on_flink() -> None:
    """Child process: print every case's result to standard output, each after a mark."""
    from pyflink.table import EnvironmentSettings, TableEnvironment

    for mode in ("streaming", "batch"):
        environment = TableEnvironment.create(getattr(EnvironmentSettings, f"in_{mode}_mode")())
        environment.get_config().set("parallelism.default", "1")
        environment.get_config().set("table.display.max-column-width", "200")
        for statement in set_up():
            environment.execute_sql(statement)
        for case in cases():
            if case.mode == mode:
                print(f"{_MARK} {case.id}", flush=True)
                try:
                    environment.execute_sql(case.sql).print()
                except Exception as error:
                    print(f"refused: {error}"[:600], flush=True)


def parse(output: str) -> dict[str, tuple[list[str], list[list[str]]]]:
    """Case id -> column names and rows, from the printed tables."""
    answers = {}
    for part in output.split(_MARK)[1:]:
        name, _, body = part.partition("\n")
        lines = [line for line in body.splitlines() if line.startswith("|")]
        table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        if table or "Empty set" in body:
            answers[name.strip()] = (table[0] if table else [], table[1:])
        else:
            print(f"refused by Flink: {name.strip()}: {body.strip()[:300]}", file=sys.stderr)
    return answers


def main() -> None:
    if "--child" in sys.argv:
        run_on_flink()
        return
    output = subprocess.run([sys.executable, __file__, "--child"], capture_output=True, text=True, check=True).stdout
    answers = parse(output)
    recorded: list[tuple[QueryCase, Recording]] = [
        (case, Recording(case.name, case.mode, *answers[case.id])) for case in cases() if case.id in answers
    ]
    RECORDED.write_text("".join(recording.to_json() + "\n" for _, recording in recorded))
    print(f"{len(recorded)} recorded, {sum(1 for _ in cases()) - len(recorded)} refused")


if __name__ == "__main__":
    main()
