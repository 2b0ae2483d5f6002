"""What ties a subtask to the rest of its process."""

from __future__ import annotations

from dataclasses import dataclass

from sqlstream.runtime.exchange.activity import ActivityClock
from sqlstream.runtime.exchange.cancellation import Cancellation
from sqlstream.runtime.exchange.input_gate import InputGate
from sqlstream.runtime.exchange.output_gate import OutputGate
from sqlstream.runtime.task.mailbox import Mailbox
from sqlstream.runtime.task.result_queue import ResultQueue
from sqlstream.runtime.task.snapshot_uploader import SubtaskUploads
from sqlstream.state.disk import ManagedState


@dataclass(frozen=True, slots=True)
class SubtaskWiring:
    """The ends of the channels a subtask was deployed with and all else that others reach it by, made by its executor
    before its thread starts."""

    cancellation: Cancellation
    activity: ActivityClock
    inputs: InputGate
    outputs: OutputGate
    mailbox: Mailbox
    uploads: SubtaskUploads
    results: ResultQueue | None
    """Of a chain that ends in a collect sink."""
    managed_state: ManagedState | None
    """Of a job whose keyed state is on disk."""
