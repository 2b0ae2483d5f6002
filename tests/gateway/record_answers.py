"""Records what Apache Flink's SQL gateway answers to the golden values and statements.

Start a Flink 2.3 cluster and its SQL gateway, then:

    python -m tests.gateway.record_answers http://localhost:8083

What Flink refuses is reported and left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.gateway.recorded_answers import STATEMENTS, VALUES, Asker, RefusedError, lines_of

PROPERTIES = {
    "execution.runtime-mode": "batch",
    "table.local-time-zone": "Europe/Berlin",
    "parallelism.default": "1",
}


def record(path: Path, cases: list[str], ask: Callable[[str], Any]) -> None:
    with path.open("wb") as out:
        for case in cases:
            try:
                out.write(msgspec.json.encode(ask(case)) + b"\n")
            except RefusedError as refused:
                print(f"refused by Flink: {refused.statement}: {refused.answer[:300]}", file=sys.stderr)


def main(url: str) -> None:
    with httpx.Client(base_url=url, timeout=60) as client:
        record(VALUES, lines_of("values.sql"), Asker(client, PROPERTIES).value)
        record(STATEMENTS, lines_of("statements.sql"), Asker(client, PROPERTIES).statement)


if __name__ == "__main__":
    main(sys.argv[1])
