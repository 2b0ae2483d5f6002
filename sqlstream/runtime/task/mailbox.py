"""What others want of a subtask, until its own thread comes to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from sqlstream.runtime.protocol import CheckpointTrigger


@dataclass(frozen=True, slots=True)
class CheckpointCompleted:
    checkpoint_id: int


@dataclass(frozen=True, slots=True)
class CheckpointAborted:
    checkpoint_id: int


@dataclass(frozen=True, slots=True)
class Wakeup:
    """Something that an operator waits for has happened: its :meth:`next_timer` is to be asked again."""


Mail = CheckpointTrigger | CheckpointCompleted | CheckpointAborted | Wakeup


class Mailbox:
    """Anyone may :meth:`put`; only the subtask's thread takes, between two batches."""

    def __init__(self, on_mail: Callable[[], None]) -> None:
        """``on_mail`` makes the subtask look, if it waits for input."""
        self._mail: deque[Mail] = deque()
        self._on_mail = on_mail

    def put(self, mail: Mail) -> None:
        self._mail.append(mail)
        self._on_mail()

    @property
    def empty(self) -> bool:
        return not self._mail

    def take(self) -> Mail | None:
        """The oldest mail, if there is any."""
        return self._mail.popleft() if self._mail else None
