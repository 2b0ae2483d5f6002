"""A client's end of a SELECT's result on a cluster."""

from __future__ import annotations

from collections.abc import Iterator

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
    """
    ticket = flight.Ticket(msgspec.json.encode(ResultTicket(job_id)))
    try:
        with flight.FlightClient(f"grpc://{address}") as client:
            reader = client.do_get(ticket)
            try:
                for chunk in reader:
                    header = decode_message(chunk.app_metadata.to_pybytes())
                    if isinstance(header, BatchHeader):
                        yield decode_batch(chunk.data, header)
            finally:
                reader.cancel()
    except flight.FlightServerError as error:
        raise ClusterError(first_line(error)) from None
    except (pa.ArrowException, OSError) as error:
        raise ClusterError(f"The connection to the TaskManager at {address} was lost: {first_line(error)}") from None
