"""Statements share threads: as many as are needed, in order within a session."""

from __future__ import annotations

from threading import Barrier, Event, Lock, Thread, current_thread

from sqlstream.config.configuration import Configuration
from sqlstream.gateway.serial_executor import SerialExecutor
from sqlstream.gateway.worker_pool import WorkerPool


def test_there_are_no_threads_before_there_is_work() -> None:
    assert WorkerPool(Configuration({})).threads == 0


def test_tasks_run_at_the_same_time_up_to_the_bound() -> None:
    workers = WorkerPool(Configuration({"sql-gateway.worker.threads.max": "3"}))
    together = Barrier(3)
    ended = [Event() for _ in range(6)]

    def task(number: int) -> None:
        together.wait(10)
        ended[number].set()

    for number in range(6):
        workers.submit(lambda number=number: task(number))  # type: ignore[misc]
    assert all(event.wait(10) for event in ended)
    assert workers.threads == 3
    workers.close()


def test_a_task_that_fails_costs_no_thread() -> None:
    workers = WorkerPool(Configuration({"sql-gateway.worker.threads.max": "1"}))
    done = Event()
    workers.submit(lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    workers.submit(done.set)
    assert done.wait(10)
    workers.close()


def test_idle_threads_beyond_the_least_end() -> None:
    options = {"threads.max": "4", "threads.min": "1", "keepalive-time": "10 ms"}
    workers = WorkerPool(Configuration({f"sql-gateway.worker.{key}": value for key, value in options.items()}))
    together = Barrier(4)
    threads: list[Thread] = []

    def task() -> None:
        threads.append(current_thread())
        together.wait(10)

    for _ in range(4):
        workers.submit(task)
    while workers.threads > 1:
        for thread in threads:
            thread.join(0.01)
    done = Event()
    workers.submit(done.set)
    assert done.wait(10)
    workers.close()


def test_the_tasks_of_one_session_run_one_after_the_other_in_order() -> None:
    workers = WorkerPool(Configuration({}))
    sessions = [SerialExecutor(workers) for _ in range(5)]
    lock = Lock()
    running: set[int] = set()
    seen: list[list[int]] = [[] for _ in sessions]
    overlaps: list[int] = []
    done = Event()

    def task(session: int, number: int) -> None:
        with lock:
            overlaps.extend({session} & running)
            running.add(session)
        seen[session].append(number)
        with lock:
            running.discard(session)
            if all(len(numbers) == 100 for numbers in seen):
                done.set()

    for number in range(100):
        for session, executor in enumerate(sessions):
            executor.submit(lambda session=session, number=number: task(session, number))  # type: ignore[misc]
    assert done.wait(20)
    assert not overlaps
    assert seen == [list(range(100))] * 5
    workers.close()
