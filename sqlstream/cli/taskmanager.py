"""``sqlstream taskmanager``: a process that runs tasks for a JobManager."""

from __future__ import annotations

import typer

from sqlstream.cli.settings import Dynamic, parse_dynamic

KIND = "taskmanager"

app = typer.Typer(help="Start, stop and check a TaskManager.", no_args_is_help=True)


@app.command("start")
def start(dynamic: Dynamic = None) -> None:
    """Start a TaskManager in the background, and wait until the JobManager knows it."""
    from sqlstream.deploy import daemon

    typer.echo(daemon.start(KIND, parse_dynamic(dynamic)).wait())


@app.command("start-foreground")
def start_foreground(dynamic: Dynamic = None) -> None:
    """Be a TaskManager until Ctrl-C or SIGTERM; its tasks end with it."""
    from sqlstream.config.loader import load_configuration
    from sqlstream.deploy.task_manager_process import be_task_manager

    be_task_manager(load_configuration(parse_dynamic(dynamic)))


@app.command("status")
def status(dynamic: Dynamic = None) -> None:
    """Whether the JobManager at rest.address hears from a TaskManager of this host; exit code 1 when not."""
    from sqlstream.cli.process_status import taskmanager_status
    from sqlstream.config.loader import load_configuration

    typer.echo(taskmanager_status(load_configuration(parse_dynamic(dynamic))))


@app.command("stop")
def stop() -> None:
    """Stop the TaskManager started last on this machine; its tasks fail."""
    from sqlstream.cli.stopping import stop_last

    stop_last(KIND)
