"""Serves an application over HTTP from a thread of its own, on a socket that listens already."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from threading import Thread

import uvicorn
from fastapi import FastAPI

_KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep a connection for their next request: one that is closed while they use it is an error."""
_TICKS_PER_SECOND = 10
"""How uvicorn counts its ticks."""


class HttpServer:
    """Serves ``app`` on ``listener`` until closed."""

    def __init__(self, app: FastAPI, listener: socket.socket) -> None:
        self._listener = listener
        settings = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            server_header=False,
        )
        self._server = _Server(settings)
        self._thread = Thread(target=self._server.run, args=([listener],), name="http-server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving; requests in progress get a second to end."""
        self._server.stop()
        self._thread.join()
        self._listener.close()


class _Server(uvicorn.Server):
    """Is told to stop, where uvicorn's looks for it now and then; and waits for clients only where there are any."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """From any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._stopping.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1)
            ticks += _TICKS_PER_SECOND

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
