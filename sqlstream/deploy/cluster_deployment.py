"""What a cluster that is started for one application, or one job, is told, and what it answers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

import msgspec

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import CLUSTER_ID, JOBMANAGER_PORT, REST_PORT, SLOT_REQUEST_TIMEOUT, TASKMANAGER_PORT
from sqlstream.errors import ConfigError

_PORTS = (REST_PORT.key, JOBMANAGER_PORT.key, TASKMANAGER_PORT.key)
_PATIENCE = {SLOT_REQUEST_TIMEOUT.key: "5 min"}
"""Flink's default: TaskManagers are only being started."""


_CLUSTER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Script(msgspec.Struct, frozen=True):
    """``name`` is what errors call it: its path, mostly."""

    name: str
    text: str


def cluster_id(given: str | None) -> str:
    """``given``, or a new one. ConfigError when it would not do as the name of a file."""
    if given is None:
        return uuid.uuid4().hex
    if not _CLUSTER_ID.fullmatch(given):
        raise ConfigError(
            f"'{given}' is no '{CLUSTER_ID.key}'.", hint="Use up to 100 letters, digits, dots, dashes and underscores."
        )
    return given


class ClusterDeployment(msgspec.Struct, frozen=True):
    """``options`` are the cluster's, references resolved. Without a ``script`` the cluster waits for its one job.
    ``starts_task_managers`` says whether they are processes of its own, or come from elsewhere."""

    cluster_id: str
    options: dict[str, str]
    script: Script | None
    starts_task_managers: bool


class ClusterAddress(msgspec.Struct, frozen=True):
    cluster_id: str
    rest_url: str


def own_cluster(configuration: Configuration, chosen: Mapping[str, str], script: Script | None) -> ClusterDeployment:
    """A cluster of processes on this machine for ``script``, or one job. The ports in ``configuration`` are those of a
    session's cluster: this one takes any free ones, unless they are among the options ``chosen`` for it."""
    return ClusterDeployment(
        cluster_id(chosen.get(CLUSTER_ID.key)),
        {**_PATIENCE, **configuration, **{key: chosen.get(key, "0") for key in _PORTS}},
        script,
        starts_task_managers=True,
    )
