"""``sqlstream run`` and ``info``: a SQL script file as a job."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqlstream.cli.completion import complete_script, complete_target
from sqlstream.cli.jobmanager_address import JobManagerAddress, address_options, known_target
from sqlstream.cli.machine_output import AsJson, print_json
from sqlstream.cli.settings import Dynamic, effective_options, parse_dynamic
from sqlstream.errors import ConfigError

if TYPE_CHECKING:
    from sqlstream.deploy.target import JobClient

Script = Annotated[
    Path,
    typer.Argument(
        metavar="SCRIPT.sql", help="The script: statements separated by semicolons.", autocompletion=complete_script
    ),
]
Parallelism = Annotated[
    int | None, typer.Option("-p", "--parallelism", min=1, metavar="N", help="Subtasks of each operator.")
]
FromSavepoint = Annotated[
    str | None,
    typer.Option(
        "-s",
        "--fromSavepoint",
        metavar="PATH",
        help="Start from this savepoint, or checkpoint that was retained: a path or URI.",
    ),
]
AllowNonRestoredState = Annotated[
    bool,
    typer.Option(
        "-n",
        "--allowNonRestoredState",
        help="Start all the same when the savepoint has state that no operator of the script takes; it is dropped.",
    ),
]


class RestoreMode(Enum):
    """Whose the files of the savepoint are that a job starts from."""

    NO_CLAIM = "no_claim"
    CLAIM = "claim"
    LEGACY = "legacy"


def _supported(mode: RestoreMode) -> RestoreMode:
    if mode is not RestoreMode.NO_CLAIM:
        raise typer.BadParameter(
            f"a job neither takes a savepoint over nor refers to its files: the mode is {RestoreMode.NO_CLAIM.value}."
        )
    return mode


ClaimMode = Annotated[
    RestoreMode,
    typer.Option(
        "-cm",
        "--claimMode",
        "-rm",
        "--restoreMode",
        metavar="MODE",
        case_sensitive=False,
        callback=_supported,
        help="Whose the savepoint is from now on: no_claim, its owner's, for the job copies what it needs. claim and "
        "legacy are refused. --restoreMode is the old name.",
    ),
]


def recovery_options(savepoint: str | None, allow_non_restored_state: bool) -> dict[str, str]:
    """The options that ``-s`` and ``-n`` stand for."""
    options = {} if savepoint is None else {"execution.state-recovery.path": savepoint}
    if allow_non_restored_state:
        options["execution.state-recovery.ignore-unclaimed-state"] = "true"
    return options


def parallelism_options(parallelism: int | None) -> dict[str, str]:
    """The option that ``-p`` stands for."""
    return {} if parallelism is None else {"parallelism.default": str(parallelism)}


def run(
    script: Script,
    target: Annotated[
        str | None,
        typer.Option(
            "-t",
            "--target",
            metavar="TARGET",
            help="Where jobs run: local (in this process), remote (the cluster at rest.address), local-per-job (each "
            "on a cluster of its own); or, the whole script, local-application: see 'sqlstream run-application'.",
            autocompletion=complete_target,
            callback=known_target,
        ),
    ] = None,
    jobmanager: JobManagerAddress = None,
    detached: Annotated[
        bool, typer.Option("-d", "--detached", help="Do not wait for the jobs to end (not with -t local).")
    ] = False,
    parallelism: Parallelism = None,
    savepoint: FromSavepoint = None,
    allow_non_restored_state: AllowNonRestoredState = False,
    claim_mode: ClaimMode = RestoreMode.NO_CLAIM,
    as_json: AsJson = False,
    dynamic: Dynamic = None,
) -> None:
    """Run every statement of SCRIPT.sql in order and, unless -d, wait for the jobs it starts.

    -m means -t remote. With --json the jobs that were started are on stdout,
    when a later statement fails too, and everything else is on stderr.
    """
    from sqlstream.config.options import TARGET
    from sqlstream.deploy.application_targets import APPLICATION_TARGETS

    options = {
        **effective_options(dynamic),
        **_target_options(target, jobmanager),
        **parallelism_options(parallelism),
        **recovery_options(savepoint, allow_non_restored_state),
    }
    if options.get(TARGET.key) in APPLICATION_TARGETS:
        from sqlstream.cli.application_deployment import deploy_application

        attached = {"execution.attached": str(not detached).lower()}
        raise typer.Exit(deploy_application({**options, **attached}, parse_dynamic(dynamic), script, as_json))
    from sqlstream.cli.script_runner import run_script

    if as_json:
        code = run_script(options, script, detached, sys.stderr, _print_jobs)
    else:
        code = run_script(options, script, detached, sys.stdout)
    raise typer.Exit(code)


def info(script: Script, parallelism: Parallelism = None, as_json: AsJson = False, dynamic: Dynamic = None) -> None:
    """Show how the INSERT and SELECT statements of SCRIPT.sql would run, without running them."""
    from sqlstream.cli.script_plans import script_plans

    plans = script_plans({**effective_options(dynamic), **parallelism_options(parallelism)}, script)
    if as_json:
        print_json({"statements": [{"statement": plan.statement, "plan": plan.graph} for plan in plans]})
        return
    for plan in plans:
        typer.echo(f"-- {plan.statement}\n{plan.text}")


def _target_options(target: str | None, jobmanager: str | None) -> dict[str, str]:
    if jobmanager is not None:
        if target not in (None, "remote"):
            raise ConfigError(f"-t {target} does without the JobManager of -m.", hint="Leave one of them out.")
        target = "remote"
    return {**address_options(jobmanager), **({} if target is None else {"execution.target": target})}


def _print_jobs(jobs: Sequence[JobClient]) -> None:
    print_json({"jobs": [{"jid": job.job_id, "name": job.name, "state": job.progress().status.value} for job in jobs]})
