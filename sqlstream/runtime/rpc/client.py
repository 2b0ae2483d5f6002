"""Calls actions of another process."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.flight as flight

from sqlstream.errors import ClusterError
from sqlstream.runtime.network.flight_errors import first_line
from sqlstream.runtime.rpc.unreachable import UnreachableError

Answer = TypeVar("Answer")

CALL_TIMEOUT = 5.0
"""Seconds after which a call is given up; the callee answers control messages at once."""

_RECONNECT = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.min_reconnect_backoff_ms", 3_000),
]
"""A peer that was restarted is found again at once, where gRPC's own pause grows to two minutes. In spite of its name
the last one is how long a single attempt may take."""


class ActionClient:
    """A connection that is made with the first call, and again after it broke."""

    def __init__(self, address: str, peer: str) -> None:
        self.address = address
        self._peer = peer
        self._client = flight.FlightClient(f"grpc://{address}", generic_options=_RECONNECT)

    def call(self, name: str, request: object, answer_type: type[Answer]) -> Answer:
        """The answer to ``request``. UnreachableError when there is none, ClusterError when it is an error."""
        options = flight.FlightCallOptions(timeout=CALL_TIMEOUT)
        try:
            results = list(self._client.do_action(flight.Action(name, msgspec.json.encode(request)), options))
        except (flight.FlightUnavailableError, flight.FlightTimedOutError, flight.FlightCancelledError):
            raise UnreachableError(
                f"{self._peer} at {self.address} does not answer.",
                hint="Is it running, and is the address right?",
            ) from None
        except (flight.FlightError, pa.ArrowException) as error:
            raise ClusterError(f"{self._peer} at {self.address} refused '{name}': {first_line(error)}") from None
        return msgspec.json.decode(results[0].body.to_pybytes(), type=answer_type)

    def close(self) -> None:
        self._client.close()
