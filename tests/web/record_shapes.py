"""Records the shapes of what Apache Flink's JobManager answers, into ``flink_shapes.json``.

Start a Flink 2.3 cluster with ``execution.checkpointing.savepoint-dir``, and on it a streaming job without end that has
checkpoints, runs at parallelism 2 and ends in a vertex that is no source; then:

    python -m tests.web.record_shapes http://localhost:8081
"""

from __future__ import annotations

import json
import sys
from typing import Any

import httpx

from tests.web.recorded_shapes import SHAPES, answers, shape


def main(url: str) -> None:
    with httpx.Client(base_url=url, timeout=60) as client:

        def get(path: str) -> Any:
            answer = client.get(path)
            answer.raise_for_status()
            return answer.json()

        found = {path: shape(answer) for path, answer in answers(get).items()}
    SHAPES.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
