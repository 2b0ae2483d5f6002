"""The SQL gateway of embedded mode: its sessions and its REST API in this process, with no socket to them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from threading import Thread

import httpx

from sqlstream.config.configuration import Configuration
from sqlstream.deploy.target import JobClient
from sqlstream.gateway.api_version import ApiVersion
from sqlstream.gateway.rest_api import rest_api
from sqlstream.gateway.session_manager import SessionManager

_SILENCE = logging.NullHandler()


class EmbeddedGateway:
    """Sessions start with ``options``. Only ``transport`` reaches it: what a client of its REST API sends by. What
    nobody asks for stays until it is closed."""

    def __init__(self, options: Mapping[str, str]) -> None:
        # The client tells what goes wrong; the log would tell it once more, in the middle of the screen.
        logging.getLogger("sqlstream.gateway").addHandler(_SILENCE)
        self._sessions = SessionManager(Configuration(options))
        self._loop = asyncio.new_event_loop()
        application = httpx.ASGITransport(rest_api(self._sessions, (ApiVersion.V4,)), raise_app_exceptions=False)
        self.transport = _InProcessTransport(application, self._loop)
        self._thread = Thread(target=self._serve, name="embedded-gateway", daemon=True)
        self._thread.start()

    def ends_jobs_on_close(self, session: str) -> bool:
        """Whether the jobs of the session of the handle ``session`` live in this process, as it is set up now."""
        return self._sessions.session(session).call(lambda here: here.ends_jobs_on_close).result()

    def job(self, session: str, job_id: str) -> JobClient:
        """A job that the session of the handle ``session`` has submitted. Waits while that executes a statement.
        ClusterError when its JobManager does not know it."""
        return self._sessions.session(session).call(lambda here: here.target.job(job_id)).result()

    def close(self) -> None:
        """Close all sessions, and end the jobs that run in this process."""
        self._sessions.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        self._loop.run_forever()
        self._loop.close()


class _InProcessTransport(httpx.BaseTransport):
    """Carries requests to an application that lives on ``loop``."""

    def __init__(self, application: httpx.ASGITransport, loop: asyncio.AbstractEventLoop) -> None:
        self._application = application
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = asyncio.run_coroutine_threadsafe(self._answer(request), self._loop)
        try:
            return answer.result()
        except BaseException:  # Ctrl-C, while the gateway holds its answer back
            answer.cancel()
            raise

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._application.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())
