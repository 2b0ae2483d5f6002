"""Statements executed by a session at a SQL gateway, sqlstream's or Flink's, over Flink's REST protocol."""

from __future__ import annotations

import re
from contextlib import suppress

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import RUNTIME_MODE, RuntimeMode
from sqlstream.dbapi.exceptions import Error
from sqlstream.dbapi.gateway_client import GatewayClient
from sqlstream.dbapi.heartbeat import Heartbeat
from sqlstream.session.client_options import CLIENT_OPTIONS
from sqlstream.session.completion.names import SqlNames
from sqlstream.sql.splitting import Span
from sqlstream.sql.tokenizer import LineIndex, unclosed
from sqlstream_client.executor import Executor
from sqlstream_client.gateway_names import GatewayNames
from sqlstream_client.gateway_result import GatewayResult, begin

_REQUEST_SECONDS = 60.0
_HEARTBEAT_SECONDS = 60.0
_SETTING = re.compile(r"\s*(?:SET|RESET)\b", re.IGNORECASE)
_CLIENT_SETTING = re.compile(r"\s*SET\s+'(sql-client\.[^']*)'\s*=\s*'([^']*)'\s*", re.IGNORECASE)
_STATEMENT_SET = re.compile(r"\A\s*BEGIN\s+STATEMENT\s+SET\s*;", re.IGNORECASE)
_OPTIONS = {option.key: option for option in CLIENT_OPTIONS}


def gateway_url(endpoint: str) -> str:
    """``endpoint`` as a URL: ``host:port`` means http."""
    return endpoint if "://" in endpoint else f"http://{endpoint}"


class GatewayExecutor(Executor):
    """Opens a session with ``properties`` at the gateway ``endpoint``, a URL or host:port, and keeps it alive.
    OperationalError when no gateway answers."""

    def __init__(self, endpoint: str, properties: dict[str, str]) -> None:
        self._client = GatewayClient(gateway_url(endpoint), _REQUEST_SECONDS)
        try:
            self._session = self._client.open_session(properties, None)
        except BaseException:
            self._client.close()
            raise
        self._heartbeat = Heartbeat(self._client, self._session, _HEARTBEAT_SECONDS)
        self._configuration: Configuration | None = None
        self._names = GatewayNames(self._run)

    @property
    def configuration(self) -> Configuration:
        if self._configuration is None:
            self._configuration = Configuration(self._client.session_properties(self._session))
        return self._configuration

    @property
    def names(self) -> SqlNames:
        return self._names

    def execute(self, source: str, span: Span) -> GatewayResult:
        if span.unclosed is not None:
            raise unclosed(source, span.unclosed, LineIndex(source))
        statement = source[span.start : span.end]
        _check(statement)
        try:
            return self._run(as_single_statement(statement))
        finally:
            self._names.forget()
            if _SETTING.match(statement):
                self._configuration = None

    def close(self) -> None:
        self._heartbeat.stop()
        with suppress(Error):  # the gateway may be gone
            self._client.close_session(self._session)
        self._client.close()

    def _run(self, statement: str) -> GatewayResult:
        streaming = self.configuration.option(RUNTIME_MODE) is RuntimeMode.STREAMING
        return begin(self._client, self._session, statement, changelog=streaming)


def as_single_statement(text: str) -> str:
    """BEGIN STATEMENT SET; ... END is several statements to Flink's gateway, which takes one at a time; EXECUTE
    STATEMENT SET BEGIN ... END is the same in one."""
    return _STATEMENT_SET.sub("EXECUTE STATEMENT SET BEGIN", text, count=1)


def _check(statement: str) -> None:
    """The client's own options are checked here: a gateway need not know them. ConfigError for a wrong value."""
    found = _CLIENT_SETTING.fullmatch(statement)
    if found and found[1] in _OPTIONS:
        _OPTIONS[found[1]].parse(found[2])
