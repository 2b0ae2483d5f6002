"""The ``sqlstream`` command: verbs, and how errors reach the user."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from sqlstream.cli import (
    cluster,
    jobmanager,
    jobs,
    run,
    run_application,
    savepoints,
    sql_client,
    sql_gateway,
    standalone_job,
    taskmanager,
)
from sqlstream.cli.flink_options import FlinkCommand
from sqlstream.errors import VERBOSE_VARIABLE, SqlStreamError

_JOBS = "Jobs"
_CLUSTERS = "Clusters"
_SQL = "SQL"

app = typer.Typer(
    name="sqlstream",
    help="A SQL-first streaming database: Flink's SQL and semantics in Python.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("sql-client", rich_help_panel=_SQL)(sql_client.sql_client)
app.add_typer(sql_gateway.app, name="sql-gateway", rich_help_panel=_SQL)
app.command("run", cls=FlinkCommand, rich_help_panel=_JOBS)(run.run)
app.command("run-application", cls=FlinkCommand, rich_help_panel=_JOBS)(run_application.run_application)
app.command("info", cls=FlinkCommand, rich_help_panel=_JOBS)(run.info)
app.command("list", cls=FlinkCommand, rich_help_panel=_JOBS)(jobs.list_jobs)
app.command("cancel", cls=jobs.CancelCommand, rich_help_panel=_JOBS)(jobs.cancel)
app.command("stop", cls=FlinkCommand, rich_help_panel=_JOBS)(savepoints.stop)
app.command("savepoint", cls=FlinkCommand, rich_help_panel=_JOBS)(savepoints.savepoint)
app.add_typer(cluster.app, name="cluster", rich_help_panel=_CLUSTERS)
app.add_typer(jobmanager.app, name="jobmanager", rich_help_panel=_CLUSTERS)
app.add_typer(taskmanager.app, name="taskmanager", rich_help_panel=_CLUSTERS)
app.add_typer(standalone_job.app, name="standalone-job", rich_help_panel=_CLUSTERS)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"sqlstream {version('sqlstream')}")
        raise typer.Exit()


@app.callback()
def _sqlstream(
    version: Annotated[
        bool, typer.Option("-v", "--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of the command itself."""


def main() -> None:
    """Entry point of the console script. User errors are told in one or two lines, with exit code 1; set
    SQLSTREAM_VERBOSE=1 to see where they came from."""
    try:
        app(prog_name=app.info.name)
    except SqlStreamError as error:
        if os.environ.get(VERBOSE_VARIABLE):
            raise
        print(f"[ERROR] {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
