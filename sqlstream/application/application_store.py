"""What a JobManager remembers of an application: its jobs, how they ended, and of which script they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import CLUSTER_ID, JOBMANAGER_STORAGE
from sqlstream.deploy.cluster_deployment import Script
from sqlstream.errors import StateError
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.job_store import FileJobStore
from sqlstream.spi.filesystem import absolute_path, is_uri, join
from sqlstream.state.file_directory import file_directory
from sqlstream.state.storage_errors import storage_errors

_SCRIPT = "script.sha256"


class ApplicationStore:
    """A directory of the cluster's own below ``jobmanager.storage``."""

    def __init__(self, storage: str, cluster_id: str) -> None:
        self._location = join(absolute_path(storage), cluster_id)
        self._cluster_id = cluster_id
        self._directory = file_directory(self._location)
        self.jobs = FileJobStore(self._location, remembers_ended=True)

    @staticmethod
    def of(configuration: Configuration, cluster_id: str) -> ApplicationStore | None:
        """None where nothing is to be remembered."""
        storage = configuration.optional(JOBMANAGER_STORAGE)
        return None if storage is None else ApplicationStore(storage, cluster_id)

    def claim(self, script: Script | None) -> Mapping[str, JobStatus]:
        """How the jobs ended that an earlier JobManager ran, by id. StateError when that one had another script, or the
        storage refuses."""
        if not is_uri(self._location):
            # Job graphs hold the passwords of their tables.
            Path(self._location).mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256(b"" if script is None else script.text.encode()).hexdigest().encode()
        with storage_errors(f"use '{self._directory.location}', which is the '{JOBMANAGER_STORAGE.key}'"):
            if not self._directory.exists(_SCRIPT):
                self._directory.write(_SCRIPT, lambda sink: sink.write(digest))
            elif bytes(self._directory.read(_SCRIPT)) != digest:
                raise StateError(
                    f"'{self._directory.location}' has the jobs of another script.",
                    hint=f"Run that one, or choose another '{CLUSTER_ID.key}' than '{self._cluster_id}'.",
                )
        return self.jobs.ended()

    def clear(self) -> None:
        """The application has ended: nobody is to go on with it."""
        self.jobs.clear()
