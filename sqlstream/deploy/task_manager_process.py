"""Being a TaskManager: what ``sqlstream taskmanager start-foreground`` does, and what clusters of their own start.

``python -m sqlstream.deploy.task_manager_process`` reads its options from standard input, as JSON.
"""

from __future__ import annotations

import os
import sys
from threading import Thread, Timer

import msgspec

from sqlstream.config.configuration import Configuration
from sqlstream.deploy.daemon import STOP_SECONDS, announce
from sqlstream.deploy.foreground import Termination, log_to_stderr
from sqlstream.deploy.leash import on_release
from sqlstream.errors import SqlStreamError
from sqlstream.runtime.protocol import TaskManagerInfo
from sqlstream.runtime.taskmanager.process import TaskManager


def be_task_manager(configuration: Configuration) -> None:
    """Until Ctrl-C, SIGTERM, or the end of the process that it is on the leash of. ClusterError when no JobManager is
    found."""
    log_to_stderr()
    termination = Termination()
    manager = TaskManager(configuration)
    errors: list[SqlStreamError] = []
    announced = False

    def end_with_owner() -> None:
        """Nobody is left to stop it if a task does not."""
        last_resort = Timer(STOP_SECONDS, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()
        termination.request()

    def on_registered(info: TaskManagerInfo) -> None:
        nonlocal announced
        if not announced:
            announced = True
            announce(f"TaskManager {info.id}: {info.slots} slot(s)")

    def run() -> None:
        try:
            manager.run(on_registered)
        except SqlStreamError as error:
            errors.append(error)
        finally:
            termination.request()

    on_release(end_with_owner)
    session = Thread(target=run, name="jobmanager-session")
    session.start()
    termination.wait()
    manager.stop()
    session.join()
    if errors:
        raise errors[0]


def main() -> None:
    options = msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, str])
    try:
        be_task_manager(Configuration(options))
    except SqlStreamError as error:
        print(f"[ERROR] {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
