"""What a job takes from the cluster that runs it, unless it says otherwise."""

from __future__ import annotations

import msgspec

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import CHECKPOINT_DIRECTORY, SAVEPOINT_DIRECTORY, SAVEPOINT_PATH
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.spi.filesystem import absolute_path
from sqlstream.state.checkpoint_locations import checkpoint_root

_PREFIXES = ("execution.checkpointing.", "restart-strategy.", "state.")
_PATHS = (SAVEPOINT_DIRECTORY.key, SAVEPOINT_PATH.key)


def with_cluster_defaults(graph: JobGraph, cluster: Configuration) -> JobGraph:
    """``graph`` with the cluster's options for checkpoints, state and restarts below its own, and with paths that mean
    the same on every process; ``execution.checkpointing.dir`` is always there afterwards."""
    defaults = {key: value for key, value in cluster.items() if key.startswith(_PREFIXES)}
    options = {**defaults, **graph.configuration}
    for key in _PATHS:
        if key in options:
            options[key] = absolute_path(options[key])
    options[CHECKPOINT_DIRECTORY.key] = checkpoint_root(cluster.with_(options))
    return msgspec.structs.replace(graph, configuration=options)
