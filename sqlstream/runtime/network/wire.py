"""How elements cross a process boundary: rows as Arrow IPC with the row kinds as a last column, all else as JSON."""

from __future__ import annotations

from typing import Union

import msgspec
import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Barrier, Element, EndOfInput, Watermark, WatermarkStatus
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import ChannelId
from sqlstream.types.schema import Schema

KIND_COLUMN = "__row_kind"


class ChannelRequest(msgspec.Struct, frozen=True):
    """How a producer opens a channel: the command of its Flight descriptor. ``sender`` is its data address."""

    channel: ChannelId
    sender: str


class ResultTicket(msgspec.Struct, frozen=True):
    """How a client asks for the result of a job's collect sink: a Flight ticket."""

    job_id: str


class Credit(msgspec.Struct, frozen=True):
    """From a consumer: the producer may send ``batches`` more."""

    batches: int


class BatchHeader(msgspec.Struct, frozen=True, tag="batch"):
    """Travels with rows. ``append_only`` rows had no kinds; their kind column says nothing."""

    append_only: bool


class WatermarkMessage(msgspec.Struct, frozen=True, tag="watermark"):
    timestamp: int


class StatusMessage(msgspec.Struct, frozen=True, tag="status"):
    idle: bool


class BarrierMessage(msgspec.Struct, frozen=True, tag="barrier"):
    checkpoint_id: int
    timestamp: int
    savepoint: str | None = None
    stop: bool = False


class EndMessage(msgspec.Struct, frozen=True, tag="end"):
    """No rows follow; barriers may."""

    drained: bool = False


class CloseMessage(msgspec.Struct, frozen=True, tag="close"):
    """Nothing follows: the producer has finished."""


class AbortMessage(msgspec.Struct, frozen=True, tag="abort"):
    """Nothing follows: the producer has failed or was canceled, and the JobManager knows."""


Message = Union[BatchHeader, WatermarkMessage, StatusMessage, BarrierMessage, EndMessage, CloseMessage, AbortMessage]

_HEADERS = {append_only: msgspec.json.encode(BatchHeader(append_only)) for append_only in (False, True)}
_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def wire_schema(schema: Schema) -> pa.Schema:
    """The Arrow schema in which rows of ``schema`` travel."""
    return schema.to_arrow().append(pa.field(KIND_COLUMN, pa.int8()))


def encode_batch(batch: Batch, schema: pa.Schema) -> tuple[pa.RecordBatch, bytes]:
    """``batch`` in wire schema ``schema``, and its header."""
    kinds = np.zeros(batch.num_rows, np.int8) if batch.kinds is None else batch.kinds
    data = pa.RecordBatch.from_arrays([*batch.data.columns, pa.array(kinds)], schema=schema)
    return data, _HEADERS[batch.kinds is None]


def decode_batch(data: pa.RecordBatch, header: BatchHeader) -> Batch:
    """The inverse of :func:`encode_batch`."""
    last = data.num_columns - 1
    rows = data.select(list(range(last)))
    return Batch(rows, None if header.append_only else data.column(last).to_numpy())


def encode_control(element: Element) -> bytes:
    """Any element that has no rows."""
    match element:
        case Watermark(timestamp):
            message: Message = WatermarkMessage(timestamp)
        case WatermarkStatus(idle):
            message = StatusMessage(idle)
        case Barrier(checkpoint_id, timestamp, savepoint, stop):
            message = BarrierMessage(checkpoint_id, timestamp, savepoint, stop)
        case EndOfInput(drained):
            message = EndMessage(drained)
        case Batch():
            raise TypeError("a batch is not a control element")
    return msgspec.json.encode(message)


def decode_message(metadata: bytes) -> Message:
    """Raises ClusterError when ``metadata`` is no message of this protocol."""
    try:
        return _DECODER.decode(metadata)
    except msgspec.DecodeError as error:
        raise ClusterError(f"A data channel received a message it does not understand: {error}.") from None


def control_element(message: Message) -> Element:
    """The element that ``message`` stands for; not for a batch header, nor where nothing follows."""
    match message:
        case WatermarkMessage(timestamp):
            return Watermark(timestamp)
        case StatusMessage(idle):
            return WatermarkStatus(idle)
        case BarrierMessage(checkpoint_id, timestamp, savepoint, stop):
            return Barrier(checkpoint_id, timestamp, savepoint, stop)
        case EndMessage(drained):
            return EndOfInput(drained)
        case _:
            raise TypeError(f"{message} is not a control element")
