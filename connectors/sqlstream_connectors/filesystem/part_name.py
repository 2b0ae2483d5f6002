"""Names of part files: whose they are, and in which order they were begun."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sqlstream.spi.connector import WriterContext

_HIDDEN = re.compile(r"\.(?P<name>.+)\.inprogress")
_NAME = re.compile(r"part-(?P<owner>[0-9a-f]{16}-\d+)-(?P<epoch>\d+)-(?P<attempt>\d+)-(?P<number>\d+)\..+")


@dataclass(frozen=True)
class PartName:
    """``owner`` is a subtask of a sink of a job. Each of its attempts goes on with the numbers of the state that it
    begins with: a checkpoint covers the files below the number that was next when it was taken."""

    owner: str
    attempt: tuple[int, int]
    number: int

    def file(self, extension: str) -> str:
        epoch, attempt = self.attempt
        return f"part-{self.owner}-{epoch}-{attempt}-{self.number}.{extension}"

    @staticmethod
    def parse(file: str) -> PartName | None:
        """What the name of a file says, hidden or not; None when it is no part file of ours."""
        hidden = _HIDDEN.fullmatch(file)
        found = _NAME.fullmatch(file if hidden is None else hidden["name"])
        if found is None:
            return None
        return PartName(found["owner"], (int(found["epoch"]), int(found["attempt"])), int(found["number"]))


def hidden(file: str) -> str:
    """The name of ``file`` until it is committed."""
    return f".{file}.inprogress"


def owner_of(context: WriterContext) -> str:
    sink = hashlib.blake2b(f"{context.job_id} {context.sink_id}".encode(), digest_size=8).hexdigest()
    return f"{sink}-{context.subtask}"
