"""All sessions of a gateway: opened, found, closed, and given up when nobody asks for them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from threading import Event, Lock, Thread

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import GATEWAY_CHECK_INTERVAL, GATEWAY_IDLE_TIMEOUT, GATEWAY_MAX_SESSIONS
from sqlstream.gateway.errors import GatewayError
from sqlstream.gateway.gateway_session import GatewaySession, missing_session
from sqlstream.gateway.shared_targets import SharedTargets
from sqlstream.gateway.worker_pool import WorkerPool


def monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class SessionManager:
    """``configuration`` is the gateway's own, and what every session starts with. ``clock`` gives milliseconds."""

    def __init__(self, configuration: Configuration, clock: Callable[[], int] = monotonic_ms) -> None:
        self.configuration = configuration
        self.clock = clock
        self._idle_timeout = configuration.option(GATEWAY_IDLE_TIMEOUT)
        self._check_interval = configuration.option(GATEWAY_CHECK_INTERVAL)
        self._max_sessions = configuration.option(GATEWAY_MAX_SESSIONS)
        self._pool = WorkerPool(configuration)
        self._targets = SharedTargets(configuration)
        self._lock = Lock()
        self._sessions: dict[str, GatewaySession] = {}
        self._stopped = Event()

    def open(self, name: str | None, properties: Mapping[str, str]) -> GatewaySession:
        """GatewayError when there are as many as there may be."""
        handle = str(uuid.uuid4())
        with self._lock:
            if len(self._sessions) >= self._max_sessions:
                raise GatewayError(
                    "Failed to create session, the count of active sessions exceeds the max count: "
                    f"{self._max_sessions}.",
                    hint=f"Close a session, or raise '{GATEWAY_MAX_SESSIONS.key}' of the gateway.",
                )
            session = GatewaySession(
                handle, name, self.configuration.with_(properties), self._targets.target, self._pool, self.clock()
            )
            self._sessions[handle] = session
        return session

    def session(self, handle: str) -> GatewaySession:
        """GatewayError when there is no such session. Asking for it keeps it open."""
        with self._lock:
            session = self._sessions.get(handle)
        if session is None:
            raise missing_session(handle)
        session.last_access = self.clock()
        return session

    def close_session(self, handle: str) -> None:
        """GatewayError when there is no such session."""
        with self._lock:
            session = self._sessions.pop(handle, None)
        if session is None:
            raise missing_session(handle)
        session.close()

    def __len__(self) -> int:
        return len(self._sessions)

    def expire(self) -> None:
        """Close the sessions, and the operations of others, that nobody has asked for in
        ``sql-gateway.session.idle-timeout``."""
        if self._idle_timeout == 0:
            return
        before = self.clock() - self._idle_timeout
        with self._lock:
            idle = [session for session in self._sessions.values() if session.last_access < before]
            for session in idle:
                del self._sessions[session.handle]
            others = list(self._sessions.values())
        for session in idle:
            session.close()
        for session in others:
            session.close_idle_operations(before)

    def start_expiry(self) -> None:
        """Look for idle sessions every ``sql-gateway.session.check-interval``, until closed."""
        if self._check_interval and self._idle_timeout:
            Thread(target=self._expire_regularly, name="sql-gateway-expiry", daemon=True).start()

    def close(self) -> None:
        """Close all sessions, and end the embedded jobs."""
        self._stopped.set()
        with self._lock:
            sessions = list(self._sessions.values())
            self._sessions.clear()
        for session in sessions:
            session.close()
        self._targets.close()
        self._pool.close()

    def _expire_regularly(self) -> None:
        while not self._stopped.wait(self._check_interval / 1000):
            self.expire()
