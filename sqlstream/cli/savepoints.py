"""``sqlstream savepoint`` and ``sqlstream stop``: a job's state, kept to go on from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sqlstream.cli.jobs import JobId
from sqlstream.cli.settings import Dynamic, parse_dynamic

if TYPE_CHECKING:
    from sqlstream.deploy.remote import RemoteTarget

_TARGET_HELP = (
    "The directory to put it in: a path or URI that every process reaches; by default "
    "execution.checkpointing.savepoint-dir."
)


def savepoint(
    job_id: Annotated[
        str | None, typer.Argument(metavar="JOB", help="The job's id, as 'sqlstream list' shows it.")
    ] = None,
    target: Annotated[str | None, typer.Argument(metavar="PATH", help=_TARGET_HELP)] = None,
    dispose: Annotated[
        str | None, typer.Option("-d", "--dispose", metavar="PATH", help="Remove the savepoint at this path instead.")
    ] = None,
    dynamic: Dynamic = None,
) -> None:
    """Take a savepoint of a job of the cluster at rest.address, which goes on; or, with --dispose, remove one."""
    if (job_id is None) == (dispose is None):
        raise typer.BadParameter("Name a job, or a savepoint to --dispose of.")
    cluster = _cluster(dynamic)
    if dispose is not None:
        typer.echo(f"Disposing savepoint '{dispose}'.")
        cluster.dispose_savepoint(dispose)
        typer.echo(f"Savepoint '{dispose}' disposed.")
    elif job_id is not None:
        job = cluster.job(job_id)
        typer.echo(f"Triggering savepoint for job {job_id}.")
        _tell(job.savepoint(target))


def stop(
    job_id: JobId,
    savepoint_path: Annotated[
        str | None, typer.Option("-p", "--savepointPath", metavar="PATH", help=_TARGET_HELP)
    ] = None,
    drain: Annotated[
        bool,
        typer.Option(
            "-d",
            "--drain",
            help="Emit everything that is held first, as at the end of all input: open windows too. For a job that "
            "nobody will go on with.",
        ),
    ] = False,
    dynamic: Dynamic = None,
) -> None:
    """Stop a job of the cluster at rest.address with a savepoint, and wait until it has ended."""
    job = _cluster(dynamic).job(job_id)
    typer.echo(f"{'Draining' if drain else 'Suspending'} job {job_id} with a savepoint.")
    _tell(job.stop(savepoint_path, drain=drain))


def _cluster(dynamic: list[str] | None) -> RemoteTarget:
    from sqlstream.config.loader import load_configuration
    from sqlstream.deploy.remote import RemoteTarget

    return RemoteTarget(load_configuration(parse_dynamic(dynamic)))


def _tell(location: str) -> None:
    typer.echo(f"Savepoint completed. Path: {location}")
    typer.echo(f"To start from it: sqlstream run -s {location} SCRIPT.sql")
