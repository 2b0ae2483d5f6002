"""How the command is found out about, and what it says to those who mistype."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
import typer
from command_line import Command

from sqlstream.cli.flink_options import REFUSED
from sqlstream.cli.main import app

FLINKS_VERBS = ["run", "run-application", "info", "list", "cancel", "stop", "savepoint"]
JOB = "0" * 32
OWN = {("run-application", name) for name in ("-sae", "--shutdownOnAttachedExit")}


def verbs(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(words, command) of every verb there is."""
    command = command or typer.main.get_command(app)
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from verbs(below, (*path, name))


VERBS = list(verbs())


@pytest.mark.parametrize(("path", "verb"), VERBS, ids=[" ".join(path) or "sqlstream" for path, _ in VERBS])
def test_every_verb_and_every_option_of_it_says_what_it_does(
    path: tuple[str, ...], verb: Any, command: Command
) -> None:
    assert verb.help
    for parameter in verb.params:
        assert getattr(parameter, "help", None), parameter.name
    shown = command(*path, "-h")
    assert (shown.code, shown.errors) == (0, "")
    for parameter in verb.params:
        if parameter.param_type_name == "option":
            assert all(name in shown.out for name in parameter.opts)


def test_verbs_are_in_groups(command: Command) -> None:
    shown = command("--help").out
    for panel, verb in (("SQL", "sql-client"), ("Jobs", "savepoint"), ("Clusters", "taskmanager")):
        assert re.search(rf"─ {panel} ─[^╰]*{verb} ", shown)


@pytest.mark.parametrize("option", ["--version", "-v"])
def test_the_version_is_that_of_the_distribution(command: Command, option: str) -> None:
    assert command(option).out == f"sqlstream {version('sqlstream')}\n"


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["lst"], "Did you mean 'list'"),
        (["savepiont"], "Did you mean 'savepoint'"),
        (["jobmanager", "strat"], "Did you mean 'start'"),
        (["list", "--runing"], "--running"),
        (["run", "--fromSavepont", "x"], "--fromSavepoint"),
    ],
)
def test_what_is_mistyped_is_recognised(command: Command, arguments: list[str], meant: str) -> None:
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert meant in done.errors


@pytest.mark.parametrize(("verb", "option"), sorted(set(itertools.product(FLINKS_VERBS, REFUSED)) - OWN))
def test_an_option_of_flinks_that_means_nothing_here_is_refused_with_the_reason(
    command: Command, verb: str, option: str
) -> None:
    done = command(verb, option, "x")
    assert (done.code, done.out) == (2, "")
    assert f"Invalid value for {option}: " in done.errors
    assert REFUSED[option] in done.told


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["savepoint", JOB, "-type", "native"], "savepoints have one format"),
        (["stop", JOB, "--type", "native"], "savepoints have one format"),
        (["savepoint", JOB, "--type", "parquet"], "'canonical', 'native'"),
        (["savepoint"], "Name a job, or a savepoint"),
        (["savepoint", JOB, "-d", "/savepoint"], "Name a job, or a savepoint"),
        (["savepoint", "-d", "/savepoint", "-detached"], "waits until"),
        (["run-application", "-a", "-d", "script.sql"], "leave one out"),
        (["cancel", "nonsense"], "'nonsense' is no id of a job"),
        (["cancel", "-s", "/savepoints"], "'/savepoints' is no id of a job"),
        (["stop", "../config"], "'../config' is no id of a job"),
        (["savepoint", JOB[1:]], f"'{JOB[1:]}' is no id of a job"),
        (["cancel"], "Name the job"),
        (["cancel", "-s"], "Name the job"),
    ],
    ids=" ".join,
)
def test_a_wrong_use_is_told_before_anything_is_done(command: Command, arguments: list[str], reason: str) -> None:
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert reason in done.told


@pytest.mark.parametrize("address", ["localhost", "localhost:", ":8081", "localhost:http", "localhost:70000",
                                     "http://localhost:8081", "::1:8081", "[::1:8081"])  # fmt: skip
def test_what_is_no_address_of_a_jobmanager_is_told(command: Command, address: str) -> None:
    done = command("list", "-m", address)
    assert (done.code, done.out) == (1, "")
    assert done.errors == (f"[ERROR] '-m {address}' is no address.\nWrite -m HOST:PORT, such as -m localhost:8081.\n")


@pytest.mark.parametrize(
    "options", [["-m", "localhost:1"], ["-m", "[::1]:1"], ["-Drest.port=1"], ["-D", "rest.port=1"]]
)
def test_a_jobmanager_that_does_not_answer_is_named_with_what_to_do(command: Command, options: list[str]) -> None:
    done = command("list", *options)
    host = options[-1].removesuffix(":1") if options[0] == "-m" else "127.0.0.1"
    assert (done.code, done.out) == (1, "")
    assert done.errors.startswith(f"[ERROR] The JobManager at http://{host}:1 cannot be reached: ")
    assert "sqlstream cluster start" in done.told
    assert "-m HOST:PORT" in done.told


@pytest.mark.parametrize("verb", [["list"], ["cancel", JOB], ["stop", JOB], ["savepoint", JOB]], ids=" ".join)
def test_only_jobs_of_a_cluster_can_be_asked_about(command: Command, verb: list[str]) -> None:
    done = command(*verb, "-t", "local")
    assert (done.code, done.out) == (2, "")
    assert "jobs of the target 'local' are not asked about so" in done.told


@pytest.mark.parametrize("verb", [["list"], ["cancel", JOB], ["run", "script.sql"]], ids=" ".join)
def test_a_target_that_there_is_not_is_told_with_those_that_there_are(command: Command, verb: list[str]) -> None:
    done = command(*verb, "-t", "nowhere")
    assert (done.code, done.out) == (2, "")
    assert "'nowhere'" in done.told
    assert "remote" in done.told
