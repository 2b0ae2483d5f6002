import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from scripted_tasks import (
    JOB,
    PATIENCE,
    SCHEMA,
    Executors,
    Recording,
    Script,
    batch,
    edge,
    embedded,
    job,
    script,
    values_of,
    vertex,
    wait_for,
)

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import MAX_TIMESTAMP, Watermark, WatermarkStatus
from sqlstream.errors import ClusterError, DataError
from sqlstream.plan.expressions import InputRef, Literal
from sqlstream.plan.jobgraph import Broadcast, Hash, Rebalance, Singleton
from sqlstream.plan.physical import Calc, CollectSink, Values
from sqlstream.runtime.deployment import ExecutionState
from sqlstream.runtime.jobmanager.messages import Slot
from sqlstream.runtime.jobmanager.task_deployments import all_executions, task_deployments
from sqlstream.types.logical import BIGINT


@pytest.fixture
def cluster() -> Iterator[Executors]:
    executors = embedded()
    yield executors
    executors.close()


def names(recording: Recording, subtask: int = 0) -> list[str]:
    return [name for name, _ in recording.of(subtask)]


def test_a_select_runs_from_values_to_its_result(cluster: Executors) -> None:
    values = Values(((Literal(1, BIGINT),), (Literal(2, BIGINT),)), SCHEMA)
    calc = Calc((InputRef(0, BIGINT),), None, SCHEMA)
    cluster.run(job(vertex("read", values, calc), vertex("show", CollectSink(SCHEMA)), edge("read", "show")))
    assert values_of(cluster.executors[0].results(JOB)) == [1, 2]
    metrics = cluster.reports.wait("show", ExecutionState.FINISHED).metrics
    assert metrics is not None
    assert (metrics.records_in, metrics.records_out) == (2, 2)
    assert [change.state for change in cluster.reports.of("read")] == [
        ExecutionState.INITIALIZING,
        ExecutionState.RUNNING,
        ExecutionState.FINISHED,
    ]


def test_a_chain_routes_rows_watermarks_and_the_end_in_order(cluster: Executors) -> None:
    first, last = Recording(passes=True, last_words=(batch(9),)), Recording()
    source = script(batch(1), Watermark(5), WatermarkStatus(idle=True), Watermark(4), batch(), Watermark(MAX_TIMESTAMP))
    cluster.run(job(vertex("chain", source, first, last)))
    cluster.reports.wait("chain", ExecutionState.FINISHED)
    assert first.of(0) == [
        ("open", None),
        ("batch", (0, [1])),
        ("watermark", 5),
        ("watermark", MAX_TIMESTAMP),
        ("input end", 0),
        ("finish", None),
        ("close", None),
    ]
    assert last.of(0) == [
        ("open", None),
        ("batch", (0, [1])),
        ("watermark", 5),
        ("batch", (0, [9])),
        ("watermark", MAX_TIMESTAMP),
        ("input end", 0),
        ("finish", None),
        ("close", None),
    ]


def test_rows_an_operator_keeps_to_its_end_reach_the_next_task_before_the_final_watermark(cluster: Executors) -> None:
    keeps, sink = Recording(passes=True, last_words=(batch(7),)), Recording()
    cluster.run(job(vertex("a", script(batch(1)), keeps), vertex("b", sink), edge("a", "b")))
    cluster.reports.wait("b", ExecutionState.FINISHED)
    assert names(sink) == ["open", "batch", "batch", "watermark", "input end", "finish", "close"]


def test_one_input_of_two_ends_early_and_the_other_goes_on(cluster: Executors) -> None:
    joined = Recording(hold=threading.Event())
    late = script(batch(2), Watermark(8), batch(3))
    cluster.run(
        job(
            vertex("left", script(batch(1), Watermark(3))),
            vertex("right", late),
            vertex("join", joined),
            edge("left", "join", input=0),
            edge("right", "join", input=1),
        )
    )
    assert joined.hold is not None
    joined.hold.set()
    cluster.reports.wait("join", ExecutionState.FINISHED)
    events = joined.of(0)
    assert sorted(detail for name, detail in events if name == "batch") == [(0, [1]), (1, [2]), (1, [3])]
    assert [name for name, _ in events].count("input end") == 2
    watermarks = [detail for name, detail in events if name == "watermark"]
    assert watermarks == sorted(watermarks)
    assert watermarks[-1] == MAX_TIMESTAMP
    assert events.index(("watermark", MAX_TIMESTAMP)) < events.index(("finish", None))


@pytest.mark.parametrize(
    ("partitioning", "expected"),
    [
        (Broadcast(), [[1, 2, 3, 4], [1, 2, 3, 4]]),
        (Singleton(), [[1, 2, 3, 4], []]),
        (Rebalance(), [[1, 3], [2, 4]]),
    ],
)
def test_rows_go_where_the_edge_says(cluster: Executors, partitioning: object, expected: list[list[int]]) -> None:
    sink = Recording()
    source = script(batch(1), batch(2), batch(3), batch(4))
    cluster.run(job(vertex("a", source), vertex("b", sink, parallelism=2), edge("a", "b", partitioning)))
    for subtask in range(2):
        cluster.reports.wait("b", ExecutionState.FINISHED, subtask)
        rows = [value for _, (_, values) in sink.of(subtask, "batch") for value in values]
        assert rows == expected[subtask]
        assert names(sink, subtask)[-3:] == ["input end", "finish", "close"]


def test_equal_keys_meet_in_one_subtask_whatever_their_producer(cluster: Executors) -> None:
    sink = Recording()
    source = Script(lambda _: [batch(*range(100)), Watermark(1), batch(*range(100))])
    cluster.run(job(vertex("a", source, parallelism=2), vertex("b", sink, parallelism=3), edge("a", "b", Hash((0,)))))
    seen = []
    for subtask in range(3):
        cluster.reports.wait("b", ExecutionState.FINISHED, subtask)
        seen.append([value for _, (_, values) in sink.of(subtask, "batch") for value in values])
    assert sorted(value for part in seen for value in part) == sorted(list(range(100)) * 4)
    assert all(set(one).isdisjoint(other) for index, one in enumerate(seen) for other in seen[:index])


def test_small_batches_are_gathered_but_never_pass_a_watermark(cluster: Executors) -> None:
    sink = Recording()
    outputs = [*(batch(value) for value in range(50)), Watermark(1), *(batch(value) for value in range(50, 100))]
    source = Script(lambda _: outputs)
    slow = cluster.executors[0].configuration.with_({"execution.buffer-timeout.interval": "1 h"})
    cluster.executors[0].configuration = slow
    cluster.run(job(vertex("a", source), vertex("b", sink, parallelism=2), edge("a", "b", Hash((0,)))))
    for subtask in range(2):
        cluster.reports.wait("b", ExecutionState.FINISHED, subtask)
        events = sink.of(subtask, "batch", "watermark")
        assert [name for name, _ in events] == ["batch", "watermark", "batch", "watermark"]
        assert max(events[0][1][1]) < 50 <= min(events[2][1][1])


def test_held_back_rows_go_when_the_buffer_timeout_is_over() -> None:
    cluster = embedded({"execution.buffer-timeout.interval": "1 ms"})
    sink = Recording()
    source = script(batch(*range(10)), endless=True)
    cluster.run(job(vertex("a", source), vertex("b", sink, parallelism=2), edge("a", "b", Hash((0,)))))
    assert sink.reached.wait(PATIENCE)
    cluster.close()


def test_processing_time_timers_fire_while_no_input_comes(cluster: Executors) -> None:
    sink = Recording(timers=[1, 2])
    cluster.run(job(vertex("a", script(endless=True)), vertex("b", sink), edge("a", "b")))
    assert sink.ticked.wait(PATIENCE)


def test_processing_time_timers_fire_between_the_polls_of_a_source(cluster: Executors) -> None:
    ticking = Recording(timers=[1])
    cluster.run(job(vertex("a", script(batch(1), batch(2)), ticking)))
    cluster.reports.wait("a", ExecutionState.FINISHED)
    assert names(ticking)[:4] == ["open", "batch", "timer", "batch"]


def test_a_slow_sink_bounds_what_a_fast_source_may_have_in_flight() -> None:
    cluster = embedded({"taskmanager.network.batches-per-channel": "3"})
    blocked = threading.Event()
    sink = Recording(hold=blocked)
    peak = 0
    bound = 3 + 1 + 1  # in the channel, in the sink's hands, in the source's hands

    def rows(_: int) -> Iterator[Batch]:
        nonlocal peak
        for produced in range(1, 501):
            peak = max(peak, produced - len(sink.batches))
            if peak == bound:
                blocked.set()
            yield batch(produced)

    cluster.run(job(vertex("a", Script(rows)), vertex("b", sink), edge("a", "b")))
    cluster.reports.wait("b", ExecutionState.FINISHED)
    assert peak == bound
    assert values_of(sink.batches) == list(range(1, 501))
    cluster.close()


def test_cancel_reaches_tasks_wherever_they_are_blocked(cluster: Executors) -> None:
    full = script(*(batch(value) for value in range(1000)))
    collect = CollectSink(SCHEMA)
    cluster.run(job(vertex("read", full), vertex("show", collect), edge("read", "show")))
    cluster.reports.wait("show", ExecutionState.RUNNING)
    for name in ("read", "show"):
        cluster.cancel(name)
    for name in ("read", "show"):
        cluster.reports.wait(name, ExecutionState.CANCELED)
    with pytest.raises(ClusterError, match="canceled"):
        list(cluster.executors[0].results(JOB))


def test_cancel_of_an_idle_source_and_its_waiting_sink(cluster: Executors) -> None:
    sink = Recording()
    cluster.run(job(vertex("a", script(endless=True)), vertex("b", sink), edge("a", "b")))
    cluster.reports.wait("b", ExecutionState.RUNNING)
    cluster.cancel("a")
    cluster.cancel("b")
    for name in ("a", "b"):
        cluster.reports.wait(name, ExecutionState.CANCELED)
    assert names(sink) == ["open", "close"]


def test_an_error_made_for_users_is_reported_in_its_own_words(cluster: Executors) -> None:
    broken = Recording(fails_on="batch", error=DataError("Division by zero.", hint="Use NULLIF."))
    cluster.run(job(vertex("a", script(batch(1)), broken)))
    failed = cluster.reports.wait("a", ExecutionState.FAILED)
    assert (failed.error, failed.hint) == ("Division by zero.", "Use NULLIF.")
    assert failed.trace is not None
    assert "DataError" in failed.trace
    assert names(broken)[-1] == "close"


@pytest.mark.parametrize("moment", ["open", "batch", "watermark", "finish"])
def test_any_other_error_names_the_task_in_one_line_and_everything_is_closed(cluster: Executors, moment: str) -> None:
    before, broken = Recording(passes=True), Recording(fails_on=moment)
    cluster.run(job(vertex("a", script(batch(1), Watermark(1)), before, broken)))
    failed = cluster.reports.wait("a", ExecutionState.FAILED)
    assert failed.error == "a -> a -> a (1/1): ValueError: told to"
    assert names(before)[-1] == names(broken)[-1] == "close"


def test_a_deployment_that_cannot_start_fails_its_subtask_alone(cluster: Executors) -> None:
    graph = job(vertex("a", script(batch(1))), vertex("b", Recording(), parallelism=2), edge("a", "b", Hash((0,))))
    cluster.run(msgspec.structs.replace(graph, configuration={"execution.buffer-timeout.interval": "soon"}))
    failed = cluster.reports.wait("a", ExecutionState.FAILED)
    assert failed.error == "Invalid value 'soon' for option 'execution.buffer-timeout.interval'."
    cluster.reports.wait("b", ExecutionState.RUNNING)


def test_a_failure_leaves_its_peers_to_the_job_master(cluster: Executors) -> None:
    """A peer that failed too would hide the cause: it waits until it is canceled."""
    broken = Recording(fails_on="batch")
    source = script(*(batch(value) for value in range(100)))
    cluster.run(job(vertex("a", source), vertex("b", broken), edge("a", "b")))
    cluster.reports.wait("b", ExecutionState.FAILED)
    cluster.cancel("a")
    cluster.reports.wait("a", ExecutionState.CANCELED)


def test_a_result_read_slowly_is_complete(cluster: Executors) -> None:
    source = script(*(batch(value) for value in range(200)))
    cluster.run(job(vertex("read", source), vertex("show", CollectSink(SCHEMA)), edge("read", "show")))
    assert values_of(cluster.executors[0].results(JOB)) == list(range(200))


def test_row_kinds_survive_gathering(cluster: Executors) -> None:
    sink = Recording()
    source = script(batch(1), batch(1, 2, kinds=[RowKind.DELETE, RowKind.INSERT]))
    cluster.run(job(vertex("a", source), vertex("b", sink, parallelism=2), edge("a", "b", Hash((0,)))))
    for subtask in range(2):
        cluster.reports.wait("b", ExecutionState.FINISHED, subtask)
    rows = sorted((values[0], kind) for item in sink.batches for kind, values in item.to_rows())
    assert rows == [(1, RowKind.INSERT), (1, RowKind.DELETE), (2, RowKind.INSERT)]


def test_deploying_or_canceling_twice_changes_nothing(cluster: Executors) -> None:
    graph = job(vertex("a", script(batch(1)), sink := Recording()))
    cluster.run(graph)
    cluster.reports.wait("a", ExecutionState.FINISHED)
    cluster.run(graph)
    cluster.cancel("a")
    assert names(sink).count("open") == 1
    assert cluster.executors[0].metrics() == {}


def test_counters_are_summed_over_the_chain(cluster: Executors) -> None:
    cluster.run(job(vertex("a", script(batch(1, 2), batch(3)), Recording(passes=True), Recording())))
    metrics = cluster.reports.wait("a", ExecutionState.FINISHED).metrics
    assert metrics is not None
    assert metrics.counters == {"seen": 6}
    assert (metrics.records_in, metrics.records_out) == (3, 3)
    assert metrics.watermark == MAX_TIMESTAMP


def test_a_released_job_leaves_nothing_to_read(cluster: Executors) -> None:
    executor = cluster.executors[0]
    queue = executor.results(JOB)
    executor.release(JOB)
    with pytest.raises(ClusterError, match="released"):
        queue.get(PATIENCE)


def test_attempts_that_were_cancelled_leave_no_channels(cluster: Executors) -> None:
    channels = cluster.executors[0].channels
    for attempt in (1, 2, 3):
        graph = job(vertex("a", script(endless=True)), vertex("b", Recording()), edge("a", "b"))
        cluster.run(graph, attempt)
        for name in ("b", "a"):
            cluster.cancel(name, attempt=attempt)
            cluster.reports.wait(name, ExecutionState.CANCELED, attempt=attempt)
    wait_for(lambda: len(channels) == 0)


def test_a_cancelled_producer_whose_consumer_never_came_leaves_no_channel(cluster: Executors) -> None:
    executor = cluster.executors[0]
    graph = job(vertex("a", script(batch(1), endless=True)), vertex("b", Recording()), edge("a", "b"))
    for _, deployment in task_deployments(graph, [Slot("0", "here", 0)], all_executions(graph, 1)):
        if deployment.execution.vertex_id == "a":
            executor.deploy(deployment)
    cluster.reports.wait("a", ExecutionState.RUNNING)
    assert len(executor.channels) == 1
    cluster.cancel("a")
    wait_for(lambda: len(executor.channels) == 0)


def test_a_later_attempt_runs_while_an_earlier_one_cannot_stop_yet(cluster: Executors) -> None:
    stuck, free = Recording(hold=threading.Event()), Recording()
    cluster.run(job(vertex("a", script(batch(1))), vertex("b", stuck), edge("a", "b")))
    assert stuck.reached.wait(PATIENCE)
    cluster.cancel("b")
    cluster.run(job(vertex("a", script(batch(2))), vertex("b", free), edge("a", "b")), attempt=2)
    cluster.reports.wait("b", ExecutionState.FINISHED, attempt=2)
    assert free.of(0, "batch") == [("batch", (0, [2]))]
    assert stuck.hold is not None
    stuck.hold.set()
    cluster.reports.wait("b", ExecutionState.CANCELED)


@pytest.mark.parametrize("backend", ["hashmap", "disk"])
def test_operators_share_the_disk_where_the_job_s_state_is_there(backend: str, tmp_path: Path) -> None:
    cluster = embedded(
        {
            "state.backend.type": backend,
            "process.working-dir": str(tmp_path / "work"),
            "taskmanager.memory.managed.size": "6 mb",
        }
    )
    sink = Recording()
    cluster.run(job(vertex("a", script(batch(1))), vertex("b", sink, parallelism=2), edge("a", "b", Rebalance())))
    for subtask in range(2):
        cluster.reports.wait("b", ExecutionState.FINISHED, subtask)
    shared = {context.managed_state for context in sink.contexts}
    if backend == "hashmap":
        assert shared == {None}
        assert not (tmp_path / "work").exists()
    else:
        (managed,) = shared
        assert managed is not None
        parts = [managed.open(), managed.open()]
        assert [part.memory for part in parts] == [3 << 20] * 2
        assert managed.directory == str(tmp_path / "work")
    cluster.close()
