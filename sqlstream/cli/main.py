"""The ``sqlstream`` command: verbs, and how errors reach the user."""

from __future__ import annotations

import os
import sys

import typer

from sqlstream.cli import cluster, jobmanager, jobs, run, savepoints, sql_client, sql_gateway, taskmanager
from sqlstream.errors import VERBOSE_VARIABLE, SqlStreamError

app = typer.Typer(
    name="sqlstream",
    help="A SQL-first streaming database: Flink's SQL and semantics in Python.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("sql-client")(sql_client.sql_client)
app.command("run")(run.run)
app.command("info")(run.info)
app.command("list")(jobs.list_jobs)
app.command("cancel")(jobs.cancel)
app.command("stop")(savepoints.stop)
app.command("savepoint")(savepoints.savepoint)
app.add_typer(cluster.app, name="cluster")
app.add_typer(jobmanager.app, name="jobmanager")
app.add_typer(taskmanager.app, name="taskmanager")
app.add_typer(sql_gateway.app, name="sql-gateway")


def main() -> None:
    """Entry point of the console script. User errors are told in one or two lines, with exit code 1; set
    SQLSTREAM_VERBOSE=1 to see where they came from."""
    try:
        app()
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
