"""What a job takes from the cluster that runs it, unless it says otherwise."""

from __future__ import annotations

import msgspec

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import CHECKPOINT_DIRECTORY, CHECKPOINTING_INTERVAL
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.state.checkpoint_locations import checkpoint_root, portable_locations
from sqlstream.state.file_directory import file_directory

_PREFIXES = ("execution.checkpointing.", "restart-strategy.", "state.")


def with_cluster_defaults(graph: JobGraph, cluster: Configuration) -> JobGraph:
    """``graph`` with the cluster's options for checkpoints, state and restarts below its own, and with paths that mean
    the same on every process; ``execution.checkpointing.dir`` is always there afterwards. ConfigError when a job that
    is to have checkpoints cannot have them there."""
    defaults = {key: value for key, value in cluster.items() if key.startswith(_PREFIXES)}
    options = portable_locations({**defaults, **graph.configuration})
    options[CHECKPOINT_DIRECTORY.key] = checkpoint_root(cluster.with_(options))
    if CHECKPOINTING_INTERVAL.key in options:
        file_directory(options[CHECKPOINT_DIRECTORY.key])
    return msgspec.structs.replace(graph, configuration=options)
