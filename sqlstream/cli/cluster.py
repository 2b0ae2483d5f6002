"""``sqlstream cluster``: one JobManager and its TaskManagers on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from sqlstream.cli import jobmanager, taskmanager
from sqlstream.cli.settings import Dynamic, parse_dynamic

app = typer.Typer(help="Start and stop a cluster on this machine.", no_args_is_help=True)


@app.command("start")
def start(
    task_managers: Annotated[
        int | None,
        typer.Option("--taskmanagers", "-n", min=1, help="How many TaskManagers; default cluster.taskmanagers."),
    ] = None,
    dynamic: Dynamic = None,
) -> None:
    """Start a JobManager and its TaskManagers, and wait until they have found each other."""
    from sqlstream.cli.stopping import stop_last
    from sqlstream.config.loader import load_configuration
    from sqlstream.config.options import CLUSTER_TASKMANAGERS
    from sqlstream.deploy import daemon
    from sqlstream.errors import ClusterError

    options = parse_dynamic(dynamic)
    count = task_managers or load_configuration(options).option(CLUSTER_TASKMANAGERS)
    typer.echo(daemon.start(jobmanager.KIND, options).wait())
    workers = [daemon.start(taskmanager.KIND, options) for _ in range(count)]
    failure: ClusterError | None = None
    for worker in workers:
        try:
            typer.echo(worker.wait())
        except ClusterError as error:
            failure = error
    if failure is not None:
        for worker in workers:
            if worker.process.poll() is None:
                stop_last(taskmanager.KIND)
        stop_last(jobmanager.KIND)
        raise failure
    typer.echo("The cluster is ready. 'sqlstream cluster stop' ends it.")


@app.command("stop")
def stop() -> None:
    """Stop every TaskManager and JobManager that runs in the background on this machine."""
    from sqlstream.cli.stopping import stop_all
    from sqlstream.errors import ClusterError

    if not stop_all(taskmanager.KIND) + stop_all(jobmanager.KIND):
        raise ClusterError("No cluster to stop on this machine.", hint="'sqlstream cluster start' starts one.")
