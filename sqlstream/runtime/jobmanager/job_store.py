"""What a JobManager remembers of its jobs beyond its own life, in the directory ``jobmanager.storage``.

::

    epochs/<n>                             how often a JobManager has been started on it
    jobs/<job id>/graph.json               a job that has not ended
    jobs/<job id>/checkpoints/<n>.json     where its completed checkpoint n is
    ended/<job id>                         how a job ended, where whoever submits it anew is to know
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Protocol

import msgspec

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import JOBMANAGER_STORAGE, SAVEPOINT_PATH
from sqlstream.errors import ConfigError, StateError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.messages import RecoverJob
from sqlstream.spi.filesystem import absolute_path, is_uri, join, resolve
from sqlstream.state.checkpoint_files import read_checkpoint, remove_unknown_checkpoints, sweep
from sqlstream.state.checkpoint_locations import checkpoint_directory
from sqlstream.state.file_directory import FileDirectory, file_directory
from sqlstream.state.handles import CompletedCheckpoint
from sqlstream.state.storage_errors import StorageUnavailableError, storage_errors

_LOG = logging.getLogger(__name__)
_GRAPH = "graph.json"
_POINTER = re.compile(r"(\d+)\.json")
_JOB_ID = re.compile(r"[0-9a-f]{32}")


class JobStore(Protocol):
    """All methods but :meth:`recover` raise StateError when the storage refuses. Any thread may call them."""

    def recover(self) -> tuple[int, list[RecoverJob]]:
        """To be called once, first: the epoch of this JobManager, and the jobs that earlier ones left, with what they
        are to start from. What is damaged or missing is logged and passed over. StateError when the storage cannot be
        reached: a job must not be taken back because of that."""

    def confirm(self) -> None:
        """StateError when another JobManager has taken over: the jobs and their checkpoints are its own now."""

    def put_job(self, graph: JobGraph) -> None:
        """Remember a job, before it is accepted."""

    def remove_job(self, job_id: str, status: JobStatus) -> None:
        """Forget a job that has ended, with ``status``."""

    def put_checkpoint(self, job_id: str, checkpoint: CompletedCheckpoint) -> None:
        """Remember a checkpoint whose metadata is written."""

    def remove_checkpoint(self, job_id: str, checkpoint_id: int) -> None:
        """Forget a checkpoint, before it is discarded."""


class ForgetfulJobStore:
    """Where there is no ``jobmanager.storage``: the jobs end with their JobManager."""

    def recover(self) -> tuple[int, list[RecoverJob]]:
        return 0, []

    def confirm(self) -> None: ...

    def put_job(self, graph: JobGraph) -> None: ...

    def remove_job(self, job_id: str, status: JobStatus) -> None: ...

    def put_checkpoint(self, job_id: str, checkpoint: CompletedCheckpoint) -> None: ...

    def remove_checkpoint(self, job_id: str, checkpoint_id: int) -> None: ...


class _Pointer(msgspec.Struct):
    location: str


class FileJobStore:
    """On any storage. Another JobManager started on the same directory takes over: from then on this one is refused,
    as far as it can be known (an object storage cannot keep two that start at the same moment apart). With
    ``remembers_ended`` it is known of every job how it ended, until ``clear``."""

    def __init__(self, location: str, *, remembers_ended: bool = False) -> None:
        self._location = absolute_path(location)
        self._remembers_ended = remembers_ended
        self._epoch = 0

    def recover(self) -> tuple[int, list[RecoverJob]]:
        with storage_errors(f"use '{self._location}', which is the '{JOBMANAGER_STORAGE.key}'"):
            if not is_uri(self._location):
                # Job graphs hold the passwords of their tables.
                Path(self._location).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._epoch = self._next_epoch()
            job_ids = [name for name in self._directory("jobs").directories() if _JOB_ID.fullmatch(name)]
        recovered = [self._recovered(job_id) for job_id in sorted(job_ids)]
        return self._epoch, [job for job in recovered if job is not None]

    def confirm(self) -> None:
        with storage_errors(f"read '{self._location}'"):
            latest = max(self._epochs(), default=0)
        if latest > self._epoch:
            raise StateError(
                f"Another JobManager has taken over the jobs in '{self._location}' (start {latest}; this is start "
                f"{self._epoch}).",
                hint=f"Stop this one, or give each its own '{JOBMANAGER_STORAGE.key}'.",
            )

    def put_job(self, graph: JobGraph) -> None:
        self._write(self._job(graph.job_id), _GRAPH, graph.to_json())

    def remove_job(self, job_id: str, status: JobStatus) -> None:
        if self._remembers_ended:
            self._write(self._directory("ended"), job_id, status.value.encode())
        self._forget(job_id)

    def ended(self) -> dict[str, JobStatus]:
        """How the jobs ended that are to be remembered, by id. StateError when the storage refuses."""
        ended = self._directory("ended")
        with storage_errors(f"read '{ended.location}'"):
            names = [info.base_name for info in ended.files() if _JOB_ID.fullmatch(info.base_name)]
            return {name: JobStatus(bytes(ended.read(name)).decode()) for name in names}

    def clear(self) -> None:
        """Remove everything: nobody is to go on from here. StateError when the storage refuses."""
        self.confirm()
        with storage_errors(f"empty '{self._location}'"):
            filesystem, path = resolve(self._location)
            filesystem.delete_dir(path)

    def _forget(self, job_id: str) -> None:
        self.confirm()
        job, pointers = self._job(job_id), self._pointers(job_id)
        with storage_errors(f"forget job {job_id} in '{job.location}'"):
            job.remove([_GRAPH])
            pointers.remove([info.base_name for info in pointers.files()])
            pointers.remove_if_empty()
            job.remove_if_empty()

    def put_checkpoint(self, job_id: str, checkpoint: CompletedCheckpoint) -> None:
        content = msgspec.json.encode(_Pointer(checkpoint.location))
        self._write(self._pointers(job_id), f"{checkpoint.id}.json", content)

    def remove_checkpoint(self, job_id: str, checkpoint_id: int) -> None:
        self.confirm()
        pointers = self._pointers(job_id)
        with storage_errors(f"forget checkpoint {checkpoint_id} in '{pointers.location}'"):
            pointers.remove([f"{checkpoint_id}.json"])

    def _next_epoch(self) -> int:
        epochs = self._directory("epochs")
        while True:
            known = self._epochs()
            epoch = max(known, default=0) + 1
            if epochs.claim(str(epoch)):
                epochs.remove(map(str, known))
                return epoch

    def _epochs(self) -> list[int]:
        return [int(info.base_name) for info in self._directory("epochs").files() if info.base_name.isdecimal()]

    def _recovered(self, job_id: str) -> RecoverJob | None:
        job, pointers = self._job(job_id), self._pointers(job_id)
        with storage_errors(f"recover job {job_id} from '{job.location}'"):
            if not job.exists(_GRAPH):
                # Forgetting the job was interrupted after its graph was gone.
                self._forget(job_id)
                return None
            content = bytes(job.read(_GRAPH))
            numbers = sorted(int(m[1]) for info in pointers.files() if (m := _POINTER.fullmatch(info.base_name)))
        try:
            graph = JobGraph.from_json(content)
        except msgspec.DecodeError as error:
            _LOG.error("Job %s is passed over: '%s' is no job graph: %s", job_id, job.file(_GRAPH), error)
            return None
        found = [self._checkpoint(graph, number) for number in numbers]
        checkpoints = tuple(checkpoint for checkpoint in found if checkpoint is not None)
        if None not in found:
            _tidy(graph, checkpoints)
        if checkpoints:
            return RecoverJob(graph, checkpoints, highest_checkpoint=numbers[-1])
        if numbers:
            return RecoverJob(graph, (), error=f"None of its {len(numbers)} retained checkpoint(s) can be read.")
        return _from_the_start(graph)

    def _checkpoint(self, graph: JobGraph, number: int) -> CompletedCheckpoint | None:
        """None, with a line in the log, when it is damaged or gone: the job falls back to the one before."""
        pointers = self._pointers(graph.job_id)
        name = f"{number}.json"
        try:
            with storage_errors(f"read '{pointers.file(name)}'"):
                content = bytes(pointers.read(name))
            return read_checkpoint(msgspec.json.decode(content, type=_Pointer).location)
        except StorageUnavailableError:
            raise
        except (StateError, ConfigError, msgspec.DecodeError) as error:
            _LOG.error("Checkpoint %d of job '%s' (%s) is passed over: %s", number, graph.name, graph.job_id, error)
            return None

    def _write(self, directory: FileDirectory, name: str, content: bytes) -> None:
        self.confirm()
        with storage_errors(f"write '{directory.file(name)}'"):
            directory.write(name, lambda sink: sink.write(content))

    def _directory(self, name: str) -> FileDirectory:
        return file_directory(join(self._location, name))

    def _job(self, job_id: str) -> FileDirectory:
        return self._directory(f"jobs/{job_id}")

    def _pointers(self, job_id: str) -> FileDirectory:
        return self._directory(f"jobs/{job_id}/checkpoints")


def job_store(configuration: Configuration) -> JobStore:
    """What ``jobmanager.storage`` asks for."""
    location = configuration.optional(JOBMANAGER_STORAGE)
    return ForgetfulJobStore() if location is None else FileJobStore(location)


def _from_the_start(graph: JobGraph) -> RecoverJob:
    """A job that has completed no checkpoint: from its savepoint, if it began with one."""
    path = Configuration(graph.configuration).optional(SAVEPOINT_PATH)
    if path is None:
        return RecoverJob(graph, ())
    try:
        return RecoverJob(graph, (), savepoint=read_checkpoint(path))
    except StorageUnavailableError:
        raise
    except (StateError, ConfigError) as error:
        return RecoverJob(graph, (), error=error.message)


def _tidy(graph: JobGraph, checkpoints: tuple[CompletedCheckpoint, ...]) -> None:
    """Remove what the crash left half done; nothing of the job runs yet."""
    directory = checkpoint_directory(Configuration(graph.configuration), graph.job_id)
    try:
        remove_unknown_checkpoints(directory, checkpoints)
        sweep(directory, checkpoints, None)
    except StateError as error:
        _LOG.warning("%s", error)
