"""Statements executed by a session at a SQL gateway, sqlstream's or Flink's, over Flink's REST protocol."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import RUNTIME_MODE, RuntimeMode
from sqlstream.dbapi.exceptions import Error
from sqlstream.dbapi.gateway_client import GatewayClient
from sqlstream.dbapi.heartbeat import Heartbeat
from sqlstream.deploy.target import JobClient
from sqlstream.session.client_options import CLIENT_OPTIONS
from sqlstream.session.completion.names import SqlNames
from sqlstream.sql.splitting import Span
from sqlstream.sql.tokenizer import LineIndex, unclosed
from sqlstream_client.gateway_names import GatewayNames
from sqlstream_client.gateway_result import GatewayResult, begin
from sqlstream_client.job_reports import JobReports
from sqlstream_client.script_positions import ScriptPositions

_HEARTBEAT_SECONDS = 60.0
_SETTING = re.compile(r"\s*(?:SET|RESET)\b", re.IGNORECASE)
_CLIENT_SETTING = re.compile(r"\s*SET\s+'(sql-client\.[^']*)'\s*=\s*'([^']*)'\s*", re.IGNORECASE)
_STATEMENT_SET = re.compile(r"\A\s*BEGIN\s+STATEMENT\s+SET\s*;", re.IGNORECASE)
_OPTIONS = {option.key: option for option in CLIENT_OPTIONS}


class GatewayExecutor:
    """One session, opened with ``properties`` and, if given, a ``name``, and kept alive. One statement at a time.
    ``session`` is its handle; ``client`` is closed with it."""

    def __init__(self, client: GatewayClient, properties: Mapping[str, str], name: str | None = None) -> None:
        self._client = client
        try:
            self.session = client.open_session(properties, name)
        except BaseException:
            client.close()
            raise
        self._heartbeat = Heartbeat(client, self.session, _HEARTBEAT_SECONDS)
        self._configuration: Configuration | None = None
        self._has_changed = True
        self._names = GatewayNames(self._run)
        self._report = JobReports(client, self.session, lambda: self.configuration)

    @property
    def configuration(self) -> Configuration:
        """The session's settings as they are now, or, where the gateway is gone, as they were last. Error when they
        have never been known."""
        if self._has_changed or self._configuration is None:
            try:
                self._configuration = Configuration(self._client.session_properties(self.session))
                self._has_changed = False
            except Error:
                if self._configuration is None:
                    raise
        return self._configuration

    @property
    def names(self) -> SqlNames:
        """What completion may offer."""
        return self._names

    @property
    def jobs(self) -> Sequence[JobClient]:
        """The jobs that this session submitted and this process answers for, oldest first."""
        return ()

    @property
    def ends_jobs_on_close(self) -> bool:
        """Whether its jobs end with it."""
        return False

    def execute(self, source: str, span: Span) -> GatewayResult:
        """Execute the statement at ``span`` of the script ``source``. SqlStreamError when that fails, with places in
        the script; on Ctrl-C whatever it began is cancelled."""
        if span.unclosed is not None:
            raise unclosed(source, span.unclosed, LineIndex(source))
        statement = source[span.start : span.end]
        _check(statement)
        sent = as_single_statement(statement)
        try:
            return self._run(sent)
        except Error as error:
            error.message = ScriptPositions(source, span, sent).placed(error.message)
            raise
        finally:
            self._names.forget()
            if _SETTING.match(statement):
                self._has_changed = True

    def deploy_script(self, options: Mapping[str, str], *, text: str | None = None, uri: str | None = None) -> str:
        """Deploy a script, its ``text`` or what is at ``uri``, in application mode, with ``options`` chosen for it; the
        id of its cluster."""
        return self._client.deploy_script(self.session, text, uri, options)

    def close(self) -> None:
        """End the session."""
        self._heartbeat.stop()
        with suppress(Error):  # the gateway may be gone
            self._client.close_session(self.session)
        self._client.close()

    def _run(self, statement: str) -> GatewayResult:
        streaming = self.configuration.option(RUNTIME_MODE) is RuntimeMode.STREAMING
        return begin(self._client, self.session, statement, self._job, self._report, changelog=streaming)

    def _job(self, job_id: str) -> JobClient | None:
        """The job that a statement of this session has started, if this process can reach it."""
        return None


def as_single_statement(text: str) -> str:
    """BEGIN STATEMENT SET; ... END is several statements to Flink's gateway, which takes one at a time; EXECUTE
    STATEMENT SET BEGIN ... END is the same in one."""
    return _STATEMENT_SET.sub("EXECUTE STATEMENT SET BEGIN", text, count=1)


def _check(statement: str) -> None:
    """The client's own options are checked here: a gateway need not know them. ConfigError for a wrong value."""
    found = _CLIENT_SETTING.fullmatch(statement)
    if found and found[1] in _OPTIONS:
        _OPTIONS[found[1]].parse(found[2])
