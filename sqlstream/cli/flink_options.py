"""Options of Flink's command that can mean nothing here: refused with the reason, never ignored."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand

_JARS = "there are no jars here: a program is a SQL script."
_PYTHON = "a program is a SQL script here, and its Python is what is installed with sqlstream."

_REASONS = {
    ("-c", "--class"): _JARS,
    ("-C", "--classpath"): _JARS,
    ("-j", "--jarfile"): _JARS,
    ("-py", "--python"): _PYTHON,
    ("-pym", "--pyModule"): _PYTHON,
    ("-pyfs", "--pyFiles"): _PYTHON,
    ("-pyarch", "--pyArchives"): _PYTHON,
    ("-pyreq", "--pyRequirements"): _PYTHON,
    ("-pyexec", "--pyExecutable"): _PYTHON,
    ("-pyclientexec", "--pyClientExecutable"): _PYTHON,
    ("-pypath", "--pyPythonPath"): _PYTHON,
    ("-e", "--executor"): "Flink has given it up for -t, --target.",
    ("-sae", "--shutdownOnAttachedExit"): "a cluster is not the client's to end; 'sqlstream run-application' gives a "
    "script one that ends with it.",
    ("-yid", "--yarnapplicationId"): "name the JobManager with -m HOST:PORT.",
    ("-z", "--zookeeperNamespace"): "there is no ZooKeeper here; jobmanager.storage is what outlives a JobManager.",
}
REFUSED = {name: reason for names, reason in _REASONS.items() for name in names}
"""Option -> why there is none."""


class FlinkCommand(TyperCommand):
    """A verb that Flink's command has too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Looks for the options of Flink's first: ``-sae`` would be taken for ``-s ae``."""
        own = {name for parameter in self.params for name in parameter.opts}
        for word in args:
            name = word.partition("=")[0]
            if word == "--":
                break
            if name in REFUSED and name not in own:
                raise typer.BadParameter(REFUSED[name], ctx=ctx, param_hint=name)
        return super().parse_args(ctx, args)
