import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from peer_process import endless_job
from scripted_tasks import (
    JOB,
    PATIENCE,
    SCHEMA,
    Executors,
    Recording,
    Reports,
    Script,
    batch,
    deploy_share,
    edge,
    job,
    script,
    values_of,
    vertex,
)

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import MAX_TIMESTAMP, Watermark, WatermarkStatus
from sqlstream.config.configuration import Configuration
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import Hash, JobGraph, Rebalance, Singleton
from sqlstream.plan.physical import CollectSink
from sqlstream.runtime.deployment import ExecutionState
from sqlstream.runtime.network.result_stream import fetch_results
from sqlstream.runtime.network.server import DataServer
from sqlstream.runtime.task.executor import TaskExecutor

Start = Callable[..., Executors]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts executors, each behind a server of its own on loopback."""
    servers: list[DataServer] = []
    clusters: list[Executors] = []

    def start(count: int = 2, **options: str) -> Executors:
        reports = Reports()
        configuration = Configuration({"taskmanager.network.batches-per-channel": "3", **options})
        executors = [TaskExecutor(configuration, reports, None) for _ in range(count)]
        servers.extend(DataServer("127.0.0.1", 0, executor, {}) for executor in executors)
        clusters.append(Executors(executors, reports))
        return clusters[-1]

    yield start
    for cluster in clusters:
        cluster.close()
    for server in servers:
        server.close()


def test_everything_crosses_in_order(start: Start) -> None:
    cluster = start()
    sink = Recording()
    source = Script(
        lambda subtask: (
            [
                batch(1),
                Watermark(5),
                WatermarkStatus(idle=True),
                WatermarkStatus(idle=False),
                batch(2, 3, kinds=[RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER]),
                *(batch(value) for value in range(4, 100)),
                Watermark(50),
            ]
            if subtask == 0
            else []
        )
    )
    cluster.run(job(vertex("a", source, parallelism=2), vertex("b", sink, parallelism=2), edge("a", "b", Rebalance())))
    for subtask in range(2):
        cluster.reports.wait("a", ExecutionState.FINISHED, subtask)
        cluster.reports.wait("b", ExecutionState.FINISHED, subtask)
    assert sorted(values_of(sink.batches)) == list(range(1, 100))
    crossed = sink.of(1)  # from the first executor to the second
    rows = [detail[1] for name, detail in crossed if name == "batch"]
    assert rows == sorted(rows)
    assert crossed[-4:-2] == [("watermark", MAX_TIMESTAMP), ("input end", 0)]
    changed = next(item for item in sink.batches if item.kinds is not None)
    assert changed.to_rows() == [(RowKind.UPDATE_BEFORE, (2,)), (RowKind.UPDATE_AFTER, (3,))]
    assert sum(item.kinds is not None for item in sink.batches) == 1


def test_the_same_rows_arrive_whether_in_memory_or_over_the_network(start: Start) -> None:
    def run(cluster: Executors) -> list[list[int]]:
        sink = Recording()
        source = Script(lambda subtask: [batch(*range(subtask, 1000, 7)), Watermark(3), batch(*range(100))])
        cluster.run(
            job(vertex("a", source, parallelism=4), vertex("b", sink, parallelism=4), edge("a", "b", Hash((0,))))
        )
        for subtask in range(4):
            cluster.reports.wait("b", ExecutionState.FINISHED, subtask)
        return [
            sorted(value for _, (_, values) in sink.of(subtask, "batch") for value in values) for subtask in range(4)
        ]

    assert run(start(1)) == run(start(2)) == run(start(4))


def test_credit_bounds_what_is_in_flight_between_processes(start: Start) -> None:
    cluster = start()
    blocked = threading.Event()
    sink = Recording(hold=blocked)
    peak = 0
    bound = 3 + 1 + 1  # the credit, in the sink's hands, in the source's hands

    def rows(subtask: int) -> Iterator[Batch]:
        nonlocal peak
        for produced in range(1, 201) if subtask == 1 else ():
            peak = max(peak, produced - len(sink.batches))
            if peak == bound:
                blocked.set()
            yield batch(produced)

    cluster.run(across(Script(rows), sink))
    cluster.reports.wait("b", ExecutionState.FINISHED)
    assert peak == bound
    assert values_of(sink.batches) == list(range(1, 201))


def test_cancel_frees_both_ends_of_a_network_channel(start: Start) -> None:
    cluster = start()
    sink = Recording(hold=threading.Event())
    cluster.run(across(Script(lambda subtask: (batch(value) for value in range(1000 * subtask))), sink))
    assert sink.reached.wait(PATIENCE)
    cluster.cancel("a", 1)
    cluster.reports.wait("a", ExecutionState.CANCELED, 1)
    cluster.cancel("b")
    assert sink.hold is not None
    sink.hold.set()
    cluster.reports.wait("b", ExecutionState.CANCELED)


def test_a_failing_producer_is_reported_alone(start: Start) -> None:
    """Its consumer in the other process waits for the JobMaster, and does not report a lost connection."""
    cluster = start()
    sink = Recording()
    broken = Recording(passes=True, fails_on="watermark")
    source = Script(lambda subtask: [batch(1), Watermark(1)] if subtask == 1 else [])
    graph = job(
        vertex("a", source, broken, parallelism=2),
        vertex("b", sink, parallelism=2),
        edge("a", "b", Singleton()),
    )
    cluster.run(graph)
    failed = cluster.reports.wait("a", ExecutionState.FAILED, 1)
    assert failed.error == "a -> a (2/2): ValueError: told to"
    cluster.cancel("b")
    cluster.reports.wait("b", ExecutionState.CANCELED)


def test_a_producer_whose_consumer_never_comes_fails_saying_so(start: Start) -> None:
    cluster = start(**{"taskmanager.network.partition-request-timeout": "50 ms"})
    graph = across(Script(lambda _: [batch(1)]), Recording())
    addresses = [executor.address or "" for executor in cluster.executors]
    deploy_share(graph, cluster.executors[1], addresses, 1)
    failed = cluster.reports.wait("a", ExecutionState.FAILED, 1)
    assert failed.error is not None
    assert addresses[0] in failed.error
    assert "No task reads channel" in failed.error


def test_an_unreachable_task_manager_is_named(start: Start) -> None:
    cluster = start(1)
    own = cluster.executors[0].address or ""
    graph = across(Script(lambda _: [batch(1)]), Recording())
    deploy_share(graph, cluster.executors[0], ["127.0.0.1:1", own], 1)
    failed = cluster.reports.wait("a", ExecutionState.FAILED, 1)
    assert failed.error is not None
    assert failed.error.startswith("The connection to the TaskManager at 127.0.0.1:1 was lost")
    assert "\n" not in failed.error


@pytest.mark.parametrize("victim", ["producer", "consumer"])
def test_a_killed_process_fails_its_peer_with_its_address(start: Start, victim: str) -> None:
    cluster = start(1)
    executor = cluster.executors[0]
    own_index, its_index = (0, 1) if victim == "producer" else (1, 0)
    command = [sys.executable, str(Path(__file__).with_name("peer_process.py")), str(its_index), executor.address or ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as peer:
        assert peer.stdout is not None
        its_address = peer.stdout.readline().strip()
        addresses = [its_address, its_address]
        addresses[own_index] = executor.address or ""
        graph, sink = endless_job()
        deploy_share(graph, executor, addresses, own_index)
        if victim == "producer":
            assert sink.reached.wait(PATIENCE)
        else:
            assert peer.stdout.readline().strip() == "reached"
        peer.kill()
        name = "b" if victim == "producer" else "a"
        failed = cluster.reports.wait(name, ExecutionState.FAILED, own_index)
    assert failed.error is not None
    assert failed.error.startswith(f"The connection to the TaskManager at {its_address} was lost")


def test_a_result_is_fetched_from_its_task_manager(start: Start) -> None:
    cluster = start(1)
    source = script(*(batch(value) for value in range(50)), batch(1, kinds=[RowKind.DELETE]))
    cluster.run(job(vertex("read", source), vertex("show", CollectSink(SCHEMA)), edge("read", "show")))
    fetched = list(fetch_results(cluster.executors[0].address or "", JOB))
    assert values_of(fetched) == [*range(50), 1]
    assert fetched[0].kinds is None
    assert fetched[-1].to_rows() == [(RowKind.DELETE, (1,))]


def test_a_failed_job_fails_the_reader_of_its_result(start: Start) -> None:
    cluster = start(1)
    broken = Recording(passes=True, fails_on="finish")
    cluster.run(job(vertex("show", script(batch(1)), broken, CollectSink(SCHEMA))))
    with pytest.raises(ClusterError, match="told to"):
        list(fetch_results(cluster.executors[0].address or "", JOB))


def across(source: Script, sink: Recording) -> JobGraph:
    """Subtask 1 of a, on the second executor, feeds subtask 0 of b, on the first."""
    return job(vertex("a", source, parallelism=2), vertex("b", sink, parallelism=2), edge("a", "b", Singleton()))
