"""``sqlstream taskmanager``: a process that runs tasks for a JobManager."""

from __future__ import annotations

from threading import Thread

import typer

from sqlstream.cli.settings import Dynamic, parse_dynamic

KIND = "taskmanager"

app = typer.Typer(help="Start and stop a TaskManager.", no_args_is_help=True)


@app.command("start")
def start(dynamic: Dynamic = None) -> None:
    """Start a TaskManager in the background, and wait until the JobManager knows it."""
    from sqlstream.deploy import daemon

    typer.echo(daemon.start(KIND, parse_dynamic(dynamic)).wait())


@app.command("start-foreground")
def start_foreground(dynamic: Dynamic = None) -> None:
    """Be a TaskManager until Ctrl-C or SIGTERM; its tasks end with it."""
    from sqlstream.config.loader import load_configuration
    from sqlstream.deploy.daemon import announce
    from sqlstream.deploy.foreground import Termination, log_to_stderr
    from sqlstream.errors import SqlStreamError
    from sqlstream.runtime.protocol import TaskManagerInfo
    from sqlstream.runtime.taskmanager.process import TaskManager

    log_to_stderr()
    termination = Termination()
    manager = TaskManager(load_configuration(parse_dynamic(dynamic)))
    errors: list[SqlStreamError] = []
    announced = False

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

    session = Thread(target=run, name="jobmanager-session")
    session.start()
    termination.wait()
    manager.stop()
    session.join()
    if errors:
        raise errors[0]


@app.command("stop")
def stop() -> None:
    """Stop the TaskManager started last on this machine; its tasks fail."""
    from sqlstream.cli.stopping import stop_last

    stop_last(KIND)
