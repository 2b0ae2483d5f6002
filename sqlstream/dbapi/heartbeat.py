"""Tells the gateway now and then that a session is still wanted, so that one that waits is not taken for abandoned."""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread

from sqlstream.dbapi.exceptions import Error
from sqlstream.dbapi.gateway_client import GatewayClient


class Heartbeat:
    """Every ``interval`` seconds, on a thread of its own, until stopped."""

    def __init__(self, client: GatewayClient, session: str, interval: float) -> None:
        self._stopped = Event()
        Thread(
            target=_beat, args=(client, session, interval, self._stopped), name=f"heartbeat-{session}", daemon=True
        ).start()

    def stop(self) -> None:
        self._stopped.set()


def _beat(client: GatewayClient, session: str, interval: float, stopped: Event) -> None:
    while not stopped.wait(interval):
        with suppress(Error):  # the next statement tells the user
            client.heartbeat(session)
