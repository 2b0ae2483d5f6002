"""What a request to run or plan a script may say."""

from __future__ import annotations

import msgspec

from sqlstream.config.configuration import Configuration
from sqlstream.config.declared import declared_options
from sqlstream.config.options import DEFAULT_PARALLELISM, IGNORE_UNCLAIMED_STATE, SAVEPOINT_PATH


class RunSettings(msgspec.Struct, frozen=True):
    """``options`` are the session's."""

    options: dict[str, str] = {}
    parallelism: int | None = None
    job_id: str | None = None
    savepoint: str | None = None
    allow_non_restored_state: bool = False

    def over(self, configuration: Configuration) -> Configuration:
        """The session's options on a cluster with ``configuration``. ConfigError when one does not parse."""
        options = dict(self.options)
        if self.parallelism is not None:
            options[DEFAULT_PARALLELISM.key] = str(self.parallelism)
        if self.savepoint is not None:
            options[SAVEPOINT_PATH.key] = self.savepoint
        if self.allow_non_restored_state:
            options[IGNORE_UNCLAIMED_STATE.key] = "true"
        declared = declared_options()
        for key, value in options.items():
            if key in declared:
                declared[key].parse(value)
        return configuration.with_(options)
