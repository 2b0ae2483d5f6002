"""A script from start to end: statements in order, then the jobs with their progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TextIO

from sqlstream.deploy.target import JobClient
from sqlstream.errors import ConfigError
from sqlstream_client.client import is_verbose, wants_color
from sqlstream_client.embedded_executor import EmbeddedExecutor
from sqlstream_client.progress import watch
from sqlstream_client.runner import Origin, StatementRunner
from sqlstream_client.scripts import identity, read_script


def run_script(
    options: Mapping[str, str],
    script: Path,
    detached: bool,
    out: TextIO,
    report: Callable[[Sequence[JobClient]], None] | None = None,
) -> int:
    """Run ``script``; the exit code. ``report`` is given the jobs that were started, at the end or where it failed.

    ConfigError for a detached embedded job, which could not live on.
    """
    text = read_script(script)
    with closing(EmbeddedExecutor(options)) as executor:
        if detached and executor.ends_jobs_on_close:
            raise ConfigError("A detached job needs a cluster to run on.", hint="Add -t remote, or leave out -d.")
        runner = StatementRunner(executor, out, errors=sys.stderr, color=wants_color(out), verbose=is_verbose())
        outcomes = [runner.run(text, Origin(str(script), within=(identity(script),)))]
        if not all(outcomes):
            runner.background.warn_of_ending()
        elif not detached:
            outcomes += [watch(job, out, errors=sys.stderr) for job in executor.jobs]
        if report is not None:
            report(executor.jobs)
    return 0 if all(outcomes) else 1
