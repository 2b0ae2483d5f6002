"""Writes ``docs/cli.md`` from the verbs as they are declared: ``python docs/generate_cli.py``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from sqlstream.cli.flink_options import REFUSED
from sqlstream.cli.main import app

PAGE = Path(__file__).with_name("cli.md")

_INTRODUCTION = """\
# The command line

The verbs and their options are those of Flink's `bin/flink` and of its other scripts, where Flink has them.
`sqlstream -h` lists the verbs, `sqlstream VERB -h` says all there is to say about one.

## Which cluster

`list`, `cancel`, `stop` and `savepoint` ask the JobManager at `rest.address`:`rest.port`, by default
`127.0.0.1:8081`; `run` and `sql-client` do when the target is `remote`. `-m HOST:PORT` names another, as does
`-D rest.address=HOST -D rest.port=PORT`. For `run`, `-m` means `-t remote` too. A job on a cluster of its own
(`local-per-job`, `local-application`) is asked about with the `-m` of that cluster, which is printed when it starts.

`-D key=value` sets any option of the [configuration](configuration.md), over `conf/config.yaml` and
`SQLSTREAM_PROPERTIES`.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done; of `run` and of `run-application -a`: every statement succeeded and every job finished |
| 1 | it failed: a line on stderr says what, the next what to do |
| 2 | the command itself is wrong: no such verb or option, a missing argument, an option that means nothing here |
| 130 | ended by Ctrl-C |
| 141 | nobody reads the output any more |

Errors are never tracebacks; `SQLSTREAM_VERBOSE=1` asks for them.

## For programs: `--json`

With `--json` there is one JSON document on stdout and nothing else. An error is text on stderr, as without it, and
stdout is empty; only `run` prints its document even so, for the jobs that were started before the error go on.

| verb | keys of the document |
| --- | --- |
| `list` | `jobs`: each with `jid`, `name`, `state`, `start-time`, `end-time`, `duration`, as in `GET /jobs/overview` |
| `run` | `jobs`: each with `jid`, `name`, `state` |
| `run-application` | `cluster-id`, `rest-url`, `log`; with `-a` also `exit-code` |
| `info` | `statements`: each with `statement`, `plan` |
| `cancel` | `jid`, `state`; with `-s` also `savepoint` |
| `stop` | `jid`, `state`, `savepoint`, `drained`; with `-detached` `jid`, `request-id` |
| `savepoint` | `jid`, `savepoint`; with `-detached` `jid`, `request-id`; with `-d` `savepoint`, `disposed` |

Times are milliseconds since the epoch, durations milliseconds, an end that has not come yet is -1.

```shell
sqlstream run -m 127.0.0.1:8081 -d --json script.sql | jq -r '.jobs[].jid'
sqlstream list -r --json | jq '[.jobs[].duration]'
```

## Completion

`sqlstream --install-completion` teaches it to the shell that it is typed in (bash, zsh, fish, PowerShell);
`--show-completion` shows the script. At Tab a shell then offers verbs and options, for `JOB` the jobs of the cluster
that have not ended, for `-t` the targets, for `-D` the keys of options and their values, for `SCRIPT.sql` the `*.sql`
files.
"""

_FLINK = """\
## Coming from Flink

- A program is a SQL script: `run`, `run-application` and `info` take `SCRIPT.sql` where Flink takes a jar.
- `run` without `-t` runs the script in the command's own process (`local`); Flink's sends it to a cluster.
- `stop` and `savepoint` write one format, which every state backend reads: `-type canonical`. `native` is refused.
- A job that is started from a savepoint copies what it needs: `-cm no_claim`. The other modes are refused.
- `cancel -s` is `stop`, and the job ends `FINISHED`.
- `checkpoint` is not there: `POST /jobs/:id/checkpoints` of the [REST API](rest-api.md) triggers one.

These options of Flink's can mean nothing here. They are refused with the reason, never ignored:

| option | reason |
| --- | --- |
"""

_EXAMPLES = {
    "sql-client": ["sqlstream sql-client", "sqlstream sql-client gateway --endpoint localhost:8083 -f script.sql"],
    "sql-gateway start": ["sqlstream sql-gateway start -D execution.target=remote"],
    "sql-gateway start-foreground": ["sqlstream sql-gateway start-foreground -D sql-gateway.endpoint.rest.port=9083"],
    "sql-gateway status": ["sqlstream sql-gateway status"],
    "sql-gateway stop": ["sqlstream sql-gateway stop"],
    "run": [
        "sqlstream run script.sql",
        "sqlstream run -m 10.0.0.1:8081 -d -p 4 script.sql",
        "sqlstream run -t remote -s /savepoints/savepoint-04e6b5-9a31bb7c2de0 script.sql",
    ],
    "run-application": [
        "sqlstream run-application -t local-application script.sql",
        "sqlstream run-application -t local-application -a -sae -p 2 script.sql",
    ],
    "info": ["sqlstream info -p 4 script.sql"],
    "list": ["sqlstream list", "sqlstream list -a -m 10.0.0.1:8081"],
    "cancel": ["sqlstream cancel 04e6b57ebc0442ff97597c1c5d21a6ed"],
    "stop": [
        "sqlstream stop --savepointPath /savepoints 04e6b57ebc0442ff97597c1c5d21a6ed",
        "sqlstream stop --drain 04e6b57ebc0442ff97597c1c5d21a6ed",
    ],
    "savepoint": [
        "sqlstream savepoint 04e6b57ebc0442ff97597c1c5d21a6ed /savepoints",
        "sqlstream savepoint -detached 04e6b57ebc0442ff97597c1c5d21a6ed",
        "sqlstream savepoint --dispose /savepoints/savepoint-04e6b5-9a31bb7c2de0",
    ],
    "cluster start": ["sqlstream cluster start --taskmanagers 2"],
    "cluster stop": ["sqlstream cluster stop"],
    "jobmanager start": ["sqlstream jobmanager start -D jobmanager.storage=/var/lib/sqlstream"],
    "jobmanager start-foreground": ["sqlstream jobmanager start-foreground"],
    "jobmanager status": ["sqlstream jobmanager status"],
    "jobmanager stop": ["sqlstream jobmanager stop"],
    "taskmanager start": ["sqlstream taskmanager start -D jobmanager.rpc.address=10.0.0.1"],
    "taskmanager start-foreground": ["sqlstream taskmanager start-foreground -D taskmanager.numberOfTaskSlots=4"],
    "taskmanager status": ["sqlstream taskmanager status"],
    "taskmanager stop": ["sqlstream taskmanager stop"],
    "standalone-job start": ["sqlstream standalone-job start --with-taskmanagers script.sql"],
    "standalone-job start-foreground": ["sqlstream standalone-job start-foreground script.sql"],
    "standalone-job stop": ["sqlstream standalone-job stop"],
}
"""Verb -> how it may be used; every verb has one."""


def page() -> str:
    """The text of the page."""
    reasons: dict[str, list[str]] = {}
    for option, reason in REFUSED.items():
        reasons.setdefault(reason, []).append(f"`{option}`")
    refused = "".join(f"| {', '.join(options)} | {reason} |\n" for reason, options in reasons.items())
    return "\n".join([_INTRODUCTION, *_panels(), f"{_FLINK}{refused}"])


def _panels() -> Iterator[str]:
    command: Any = typer.main.get_command(app)
    panels: dict[str, list[str]] = {}
    for name, verb in command.commands.items():
        below = getattr(verb, "commands", None)
        verbs = {name: verb} if below is None else {f"{name} {inner}": found for inner, found in below.items()}
        panels.setdefault(verb.rich_help_panel, []).extend(_section(path, found) for path, found in verbs.items())
    for panel, sections in panels.items():
        yield "\n".join([f"## {panel}\n", *sections])


def _section(path: str, verb: Any) -> str:
    examples = "".join(f"{example}\n" for example in _EXAMPLES[path])
    arguments = " ".join(_argument(parameter) for parameter in verb.params if parameter.param_type_name == "argument")
    rows = "".join(f"| {_names(parameter)} | {_meaning(parameter)} |\n" for parameter in verb.params)
    table = f"\n| `{path} [OPTIONS]{f' {arguments}' if arguments else ''}` | |\n| --- | --- |\n{rows}" if rows else ""
    return f"### `{path}`\n\n{inspect.cleandoc(verb.help)}\n\n```shell\n{examples}```\n{table}"


def _argument(parameter: Any) -> str:
    name = str(parameter.metavar or parameter.name.upper())
    return name if parameter.required or name.startswith("[") else f"[{name}]"


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{_argument(parameter)}`"
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    value = "" if parameter.is_flag else f" {parameter.metavar or 'VALUE'}"
    return names + value


def _meaning(parameter: Any) -> str:
    return str(parameter.help).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
