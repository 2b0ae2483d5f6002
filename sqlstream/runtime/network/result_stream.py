"""A client's end of a SELECT's result on a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pyarrow as pa
import pyarrow.flight as flight

from sqlstream.columnar.batch import Batch
from sqlstream.errors import ClusterError
from sqlstream.runtime.network.flight_errors import first_line
from sqlstream.runtime.network.wire import BatchHeader, ResultTicket, decode_batch, decode_message


def fetch_results(address: str, job_id: str) -> Iterator[Batch]:
    """The rows of ``job_id``'s collect sink from the TaskManager at ``address`` (host:port), as they come; reading
    slowly slows the job. Closing the iterator drops the connection. ClusterError when the job or the connection fails.

    Ctrl-C is heard while no rows come: Flight waits in a thread of its own, one read at a time.
    """
    waiting = ThreadPoolExecutor(1, thread_name_prefix=f"result-{job_id}")
    reader: flight.FlightStreamReader | None = None
    client = flight.FlightClient(f"grpc://{address}")
    try:
        ticket = flight.Ticket(msgspec.json.encode(ResultTicket(job_id)))
        reader = waiting.submit(client.do_get, ticket).result()
        while (chunk := waiting.submit(_next_chunk, reader).result()) is not None:
            header = decode_message(chunk.app_metadata.to_pybytes())
            if isinstance(header, BatchHeader):
                yield decode_batch(chunk.data, header)
    except flight.FlightServerError as error:
        raise ClusterError(first_line(error)) from None
    except (pa.ArrowException, OSError) as error:
        raise ClusterError(f"The connection to the TaskManager at {address} was lost: {first_line(error)}") from None
    finally:
        if reader is not None:
            reader.cancel()
        waiting.submit(client.close)
        waiting.shutdown(wait=False)


def _next_chunk(reader: flight.FlightStreamReader) -> flight.FlightStreamChunk | None:
    try:
        return reader.read_chunk()
    except StopIteration:
        return None
