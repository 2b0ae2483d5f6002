"""A script from start to end: statements in order, then the jobs with their progress."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TextIO

from sqlstream.errors import ConfigError
from sqlstream.session.session import Session
from sqlstream.sql.script import iter_statements
from sqlstream.sql.statements import Insert, Query, StatementSet
from sqlstream_client.client import is_verbose, wants_color
from sqlstream_client.embedded_executor import EmbeddedExecutor
from sqlstream_client.progress import watch
from sqlstream_client.runner import Origin, StatementRunner
from sqlstream_client.scripts import identity, read_script


def run_script(options: Mapping[str, str], script: Path, detached: bool, out: TextIO) -> int:
    """Run ``script``; the exit code. ConfigError for a detached embedded job, which could not live on."""
    text = read_script(script)
    with closing(EmbeddedExecutor(options)) as executor:
        if detached and executor.ends_jobs_on_close:
            raise ConfigError("A detached job needs a cluster to run on.", hint="Add -t remote, or leave out -d.")
        runner = StatementRunner(executor, out, errors=sys.stderr, color=wants_color(out), verbose=is_verbose())
        if not runner.run(text, Origin(str(script), within=(identity(script),))):
            runner.background.warn_of_ending()
            return 1
        if detached:
            return 0
        finished = [watch(job, out, errors=sys.stderr) for job in executor.jobs]
    return 0 if all(finished) else 1


def explain_script(options: Mapping[str, str], script: Path, out: TextIO) -> None:
    """Print the plan of every query and INSERT; other statements are executed, as the plans need them."""
    text = read_script(script)
    with Session(options) as session:
        for parsed in iter_statements(text):
            statement = parsed.statement
            if isinstance(statement, Query | Insert | StatementSet):
                out.write(f"-- {parsed.text.strip()}\n{session.planner.explain(statement)}\n")
            else:
                session.execute(parsed, text)
