"""What Flink's JobManager answers, in shape: which keys, with values of which kind.

``flink_shapes.json`` has it as Flink 2.3 gave it, for the paths below, with a streaming job that has checkpoints and a
savepoint; see :mod:`tests.web.record_shapes`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SHAPES = Path(__file__).with_name("flink_shapes.json")

PATHS = (
    "/overview",
    "/config",
    "/datasets",
    "/jars",
    "/jobmanager/config",
    "/jobmanager/environment",
    "/jobmanager/logs",
    "/jobmanager/thread-dump",
    "/jobmanager/metrics",
    "/taskmanagers",
    "/taskmanagers/{manager}",
    "/taskmanagers/{manager}/logs",
    "/taskmanagers/{manager}/thread-dump",
    "/taskmanagers/{manager}/metrics",
    "/taskmanagers/metrics",
    "/taskmanagers/metrics?get=Status.JVM.Threads.Count",
    "/applications/overview",
    "/applications/{application}",
    "/applications/{application}/exceptions",
    "/applications/{application}/jobmanager/config",
    "/jobs",
    "/jobs/overview",
    "/jobs/metrics",
    "/jobs/metrics?get=numRestarts",
    "/jobs/metrics?get=numRestarts&agg=min,skew",
    "/jobs/{job}",
    "/jobs/{job}/accumulators",
    "/jobs/{job}/checkpoints",
    "/jobs/{job}/checkpoints/config",
    "/jobs/{job}/checkpoints/details/{checkpoint}",
    "/jobs/{job}/checkpoints/details/{checkpoint}/subtasks/{vertex}",
    "/jobs/{job}/config",
    "/jobs/{job}/exceptions",
    "/jobs/{job}/execution-result",
    "/jobs/{job}/jobmanager/config",
    "/jobs/{job}/jobmanager/environment",
    "/jobs/{job}/metrics",
    "/jobs/{job}/metrics?get=numRestarts,nope",
    "/jobs/{job}/plan",
    "/jobs/{job}/status",
    "/jobs/{job}/vertices/{vertex}",
    "/jobs/{job}/vertices/{vertex}/accumulators",
    "/jobs/{job}/vertices/{vertex}/backpressure",
    "/jobs/{job}/vertices/{vertex}/jm-operator-metrics",
    "/jobs/{job}/vertices/{vertex}/metrics",
    "/jobs/{job}/vertices/{vertex}/metrics?get=0.numRecordsIn,1.nope",
    "/jobs/{job}/vertices/{vertex}/subtasks/accumulators",
    "/jobs/{job}/vertices/{vertex}/subtasks/metrics",
    "/jobs/{job}/vertices/{vertex}/subtasks/metrics?get=numRecordsIn",
    "/jobs/{job}/vertices/{vertex}/subtasks/0",
    "/jobs/{job}/vertices/{vertex}/subtasks/0/attempts/0",
    "/jobs/{job}/vertices/{vertex}/subtasks/0/attempts/0/accumulators",
    "/jobs/{job}/vertices/{vertex}/subtasks/0/metrics",
    "/jobs/{job}/vertices/{vertex}/subtasktimes",
    "/jobs/{job}/vertices/{vertex}/taskmanagers",
    "/jobs/{job}/vertices/{vertex}/watermarks",
)

_ID = re.compile(r"[0-9a-f]{32}")
_KINDS = {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null"}


def answers(get: Callable[[str], Any]) -> dict[str, Any]:
    """What ``get`` answers to each path, for the latest job, its last vertex, and a TaskManager that runs it."""
    application = get("/applications/overview")["applications"][0]["id"]
    job = get("/jobs/overview")["jobs"][0]["jid"]
    vertex = get(f"/jobs/{job}")["vertices"][-1]["id"]
    manager = get(f"/jobs/{job}/vertices/{vertex}")["subtasks"][0]["taskmanager-id"]
    checkpoint = get(f"/jobs/{job}/checkpoints")["latest"]["completed"]["id"]
    ids = {"application": application, "job": job, "vertex": vertex, "manager": manager, "checkpoint": checkpoint}
    return {path: get(path.format(**ids)) for path in PATHS}


def shape(answer: Any) -> Any:
    """Keys and kinds of values; of lists that of the first element, of maps by id that of one value. A list of metrics
    has their names."""
    if isinstance(answer, dict):
        if answer and all(_ID.fullmatch(key) for key in answer):
            return {"*": shape(next(iter(answer.values())))}
        return {key: shape(value) for key, value in sorted(answer.items())}
    if isinstance(answer, list):
        if answer and all(isinstance(entry, dict) and entry.keys() == {"id"} for entry in answer):
            return ["names", *sorted(entry["id"] for entry in answer)]
        return [shape(answer[0])] if answer else []
    return "number" if answer == "NaN" else _KINDS[type(answer)]


def recorded() -> dict[str, Any]:
    """By path."""
    return dict(json.loads(SHAPES.read_text(encoding="utf-8")))


def differences(flink: Any, ours: Any, where: str = "") -> Iterator[str]:
    """What Flink answers and we do not. Beyond that we may answer more; null stands for any kind."""
    if flink == "null" or ours == "null":
        return
    if isinstance(flink, dict) and isinstance(ours, dict):
        for key, value in flink.items():
            if key in ours:
                yield from differences(value, ours[key], f"{where}/{key}")
            else:
                yield f"{where}/{key} is missing"
    elif isinstance(flink, list) and isinstance(ours, list):
        if flink and ours and flink[0] != "names":
            yield from differences(flink[0], ours[0], f"{where}/0")
    elif flink != ours:
        yield f"{where} is {ours}, not {flink}"
