"""Where checkpoints and savepoints lie.

::

    <execution.checkpointing.dir>/<job id>/shared/<chunk id>.arrow
    <execution.checkpointing.dir>/<job id>/chk-<n>/_metadata
    <target>/savepoint-<job id, 6 characters>-<random>/_metadata, <chunk id>.arrow
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import CHECKPOINT_DIRECTORY, SAVEPOINT_DIRECTORY, SAVEPOINT_PATH
from sqlstream.config.working_directory import working_directory
from sqlstream.spi.filesystem import absolute_path, join
from sqlstream.state.handles import SnapshotKind

METADATA_FILE = "_metadata"
_SHARED = "../shared"
_BESIDE = "."


def portable_locations(options: Mapping[str, str]) -> dict[str, str]:
    """``options`` with the paths of checkpoints and savepoints absolute, so that they mean the same on every process
    of this machine, and on others that share its file system."""
    located = {option.key for option in (CHECKPOINT_DIRECTORY, SAVEPOINT_DIRECTORY, SAVEPOINT_PATH)}
    return {key: absolute_path(value) if key in located else value for key, value in options.items()}


def checkpoint_root(configuration: Configuration) -> str:
    """``execution.checkpointing.dir`` as an absolute path or URI; by default below ``process.working-dir``."""
    given = configuration.optional(CHECKPOINT_DIRECTORY)
    return str(working_directory(configuration) / "checkpoints") if given is None else absolute_path(given)


def checkpoint_directory(configuration: Configuration, job_id: str) -> str:
    """The directory of all checkpoints of a job."""
    return join(checkpoint_root(configuration), job_id)


def checkpoint_location(job_directory: str, checkpoint_id: int) -> str:
    """The directory of one checkpoint's ``_metadata``."""
    return join(job_directory, f"chk-{checkpoint_id}")


def is_checkpoint_name(name: str) -> bool:
    """Whether :func:`checkpoint_location` may have named a directory so."""
    return re.fullmatch(r"chk-\d+", name) is not None


def shared_directory(job_directory: str) -> str:
    """The directory of the chunks of all checkpoints of a job."""
    return join(job_directory, "shared")


def savepoint_location(target: str, job_id: str) -> str:
    """A new directory below ``target`` for a savepoint; never the same one twice."""
    return join(absolute_path(target), f"savepoint-{job_id[:6]}-{uuid.uuid4().hex[:12]}")


def relative_chunk_directory(kind: SnapshotKind) -> str:
    """From the directory of ``_metadata`` to that of the chunks, so that both may be moved together."""
    return _BESIDE if kind is SnapshotKind.SAVEPOINT else _SHARED
