"""``sqlstream savepoint`` and ``sqlstream stop``: a job's state, kept to go on from."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated

import typer

from sqlstream.cli.jobmanager_address import ClusterTarget, JobManagerAddress, cluster
from sqlstream.cli.jobs import JobId, OptionalJobId
from sqlstream.cli.machine_output import AsJson, print_json
from sqlstream.cli.settings import Dynamic

_TARGET_HELP = (
    "The directory to put it in: a path or URI that every process reaches; by default "
    "execution.checkpointing.savepoint-dir."
)


class SavepointFormat(Enum):
    CANONICAL = "canonical"
    NATIVE = "native"


def _supported(format: SavepointFormat) -> SavepointFormat:
    if format is SavepointFormat.NATIVE:
        raise typer.BadParameter("savepoints have one format, which every state backend reads: canonical.")
    return format


Format = Annotated[
    SavepointFormat,
    typer.Option(
        "-type",
        "--type",
        metavar="TYPE",
        callback=_supported,
        help="The savepoint's format: canonical, which every state backend reads. native is refused.",
    ),
]
Detached = Annotated[
    bool,
    typer.Option(
        "-detached", "--detached", help="Do not wait: print the request's id, to ask the JobManager about it with."
    ),
]


def savepoint(
    job_id: OptionalJobId = None,
    directory: Annotated[str | None, typer.Argument(metavar="PATH", help=_TARGET_HELP)] = None,
    dispose: Annotated[
        str | None, typer.Option("-d", "--dispose", metavar="PATH", help="Remove the savepoint at this path instead.")
    ] = None,
    format: Format = SavepointFormat.CANONICAL,
    detached: Detached = False,
    as_json: AsJson = False,
    jobmanager: JobManagerAddress = None,
    target: ClusterTarget = None,
    dynamic: Dynamic = None,
) -> None:
    """Take a savepoint of a job, which goes on; or, with --dispose, remove one."""
    if (job_id is None) == (dispose is None):
        raise typer.BadParameter("Name a job, or a savepoint to --dispose of.")
    if dispose is not None and detached:
        raise typer.BadParameter("--dispose waits until the savepoint is gone: leave --detached out.")
    asked = cluster(jobmanager, dynamic)
    if dispose is not None:
        _say(f"Disposing savepoint '{dispose}'.", as_json)
        asked.dispose_savepoint(dispose)
        _tell({"savepoint": dispose, "disposed": True}, f"Savepoint '{dispose}' disposed.", as_json)
    elif job_id is not None:
        job = asked.job(job_id)
        _say(f"Triggering savepoint for job {job_id}.", as_json)
        if detached:
            _tell_triggered(job_id, job.trigger_savepoint(directory), as_json)
        else:
            location = job.savepoint(directory)
            _tell({"jid": job_id, "savepoint": location}, _completed(location), as_json)


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
    format: Format = SavepointFormat.CANONICAL,
    detached: Detached = False,
    as_json: AsJson = False,
    jobmanager: JobManagerAddress = None,
    target: ClusterTarget = None,
    dynamic: Dynamic = None,
) -> None:
    """Stop a job with a savepoint, and wait until it has ended."""
    job = cluster(jobmanager, dynamic).job(job_id)
    _say(f"{'Draining' if drain else 'Suspending'} job {job_id} with a savepoint.", as_json)
    if detached:
        _tell_triggered(job_id, job.trigger_stop(savepoint_path, drain=drain), as_json)
        return
    location = job.stop(savepoint_path, drain=drain)
    document: dict[str, str | bool] = {
        "jid": job_id,
        "savepoint": location,
        "drained": drain,
        "state": job.wait().value,
    }
    _tell(document, _completed(location), as_json)


def _say(progress: str, as_json: bool) -> None:
    if not as_json:
        typer.echo(progress)


def _tell(document: Mapping[str, str | bool], text: str, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        typer.echo(text)


def _tell_triggered(job_id: str, request_id: str, as_json: bool) -> None:
    _tell(
        {"jid": job_id, "request-id": request_id},
        f"Savepoint triggered. Request ID: {request_id}\n"
        f"What became of it: GET /jobs/{job_id}/savepoints/{request_id} at the JobManager.",
        as_json,
    )


def _completed(location: str) -> str:
    return f"Savepoint completed. Path: {location}\nTo start from it: sqlstream run -s {location} SCRIPT.sql"
