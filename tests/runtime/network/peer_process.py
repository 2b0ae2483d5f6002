"""A TaskManager's data plane in a process of its own, to be killed: runs its share of an endless job.

Arguments: which of the two places it has, and the address of the other. Prints its own address, then ``reached`` once
rows have come to its sink.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from scripted_tasks import Recording, Script, batch, deploy_share, edge, job, vertex

from sqlstream.config.configuration import Configuration
from sqlstream.plan.jobgraph import JobGraph, Singleton
from sqlstream.runtime.network.server import DataServer
from sqlstream.runtime.task.executor import TaskExecutor


def endless_job() -> tuple[JobGraph, Recording]:
    """Subtask 1 of a, in the second process, sends a row to subtask 0 of b, in the first, whenever it is polled."""
    sink = Recording()
    source = Script(lambda subtask: iter(lambda: batch(1), None) if subtask == 1 else (), endless=True)
    graph = job(vertex("a", source, parallelism=2), vertex("b", sink, parallelism=2), edge("a", "b", Singleton()))
    return graph, sink


def main() -> None:
    index, other = int(sys.argv[1]), sys.argv[2]
    executor = TaskExecutor(Configuration(), lambda _: None, None)
    DataServer("127.0.0.1", 0, executor, {})
    address = executor.address or ""
    print(address, flush=True)
    graph, sink = endless_job()
    deploy_share(graph, executor, [address, other] if index == 0 else [other, address], index)
    if sink.reached.wait():
        print("reached", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
