"""What a shell offers at Tab, beyond verbs and options. Nothing here may fail or take long: without an answer there is
nothing to offer."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from sqlstream.errors import SqlStreamError

_PATIENCE = 0.5
"""Seconds the JobManager has to name its jobs."""

Offers = list[tuple[str, str]]
"""(text, what it means) each."""


def complete_job(ctx: typer.Context, incomplete: str) -> Offers:
    """The jobs of the cluster that have not ended, if it answers quickly."""
    from sqlstream.cli.jobmanager_address import address_options
    from sqlstream.cli.settings import parse_dynamic
    from sqlstream.config.loader import load_configuration
    from sqlstream.deploy.remote import RemoteTarget

    try:
        given = {**parse_dynamic(ctx.params.get("dynamic")), **address_options(ctx.params.get("jobmanager"))}
        jobs = RemoteTarget(load_configuration(given), timeout=_PATIENCE).jobs()
    except SqlStreamError:
        return []
    return [
        (job.job_id, f"{job.name} ({job.status.value})")
        for job in jobs
        if job.job_id.startswith(incomplete) and not job.status.is_terminal
    ]


def complete_target(incomplete: str) -> list[str]:
    """The targets there are."""
    from sqlstream.deploy.targets import target_names

    return [name for name in target_names() if name.startswith(incomplete)]


def complete_cluster_target(incomplete: str) -> list[str]:
    """The targets whose jobs can be asked about."""
    from sqlstream.cli.jobmanager_address import CLUSTER_TARGETS

    return [name for name in CLUSTER_TARGETS if name.startswith(incomplete)]


def complete_application_target(incomplete: str) -> list[str]:
    """The targets that take whole scripts."""
    from sqlstream.deploy.application_targets import APPLICATION_TARGETS

    return [name for name in APPLICATION_TARGETS if name.startswith(incomplete)]


def complete_option(incomplete: str) -> Offers:
    """``-D``: keys, and values once there is but one key. The default comes along, so that a shell does not take the
    key alone for the whole word, and puts no space after it."""
    from sqlstream.session.options import settable_options

    key, separator, _ = incomplete.partition("=")
    options = {
        name: option
        for name, option in settable_options().items()
        if (name == key if separator else name.startswith(key))
    }
    if len(options) > 1:
        return [(f"{name}=", option.doc) for name, option in options.items()]
    return [
        (offer, option.doc)
        for name, option in options.items()
        for offer in (f"{name}={value}" for value in _values(option.type.choices, option.default))
        if offer.startswith(incomplete)
    ]


def complete_script(incomplete: str) -> list[str]:
    """``*.sql`` files and directories. A directory that is the only choice is looked into: shells put a space after
    what is the only choice."""
    found = list(_scripts(incomplete))
    while len(found) == 1 and found[0].endswith("/"):
        inside = list(_scripts(found[0]))
        if not inside:
            break
        found = inside
    return found


def _scripts(incomplete: str) -> Iterator[str]:
    parent, slash, name = incomplete.rpartition("/")
    try:
        entries = sorted(Path(parent + slash or ".").expanduser().iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(name) and (name or not entry.name.startswith(".")):
            if entry.is_dir():
                yield f"{parent}{slash}{entry.name}/"
            elif entry.suffix == ".sql":
                yield f"{parent}{slash}{entry.name}"


def _values(choices: tuple[str, ...], default: Any) -> tuple[str, ...]:
    if choices:
        return choices
    text = "" if default is None else str(default.value if isinstance(default, Enum) else default)
    return ("", text) if text else ("",)
