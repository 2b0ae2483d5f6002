"""Requests to one SQL gateway. Every failure is a PEP 249 exception; nothing here keeps state but the HTTP connections.

Source: Flink documentation, "SQL Gateway REST endpoint".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

import httpx
import msgspec

from sqlstream.dbapi.arrow_pages import ARROW_STREAM, arrow_page
from sqlstream.dbapi.exceptions import ConnectionLostError, InternalError, NotSupportedError
from sqlstream.dbapi.fetched_page import FetchedPage
from sqlstream.dbapi.gateway_errors import KIND_HEADER, gateway_error
from sqlstream.dbapi.protocol import (
    VERSIONS,
    ApiVersions,
    DeployScript,
    ErrorBody,
    ExecuteStatement,
    FetchResults,
    OpenSession,
    ScriptDeployed,
    SessionConfiguration,
    SessionOpened,
    StatementSubmitted,
)

T = TypeVar("T", bound=msgspec.Struct)

_PREFERRED = f"{ARROW_STREAM}, application/json;q=0.9"
_FAREWELL_SECONDS = 5.0
_USER = re.compile(r"(?<=://)[^/@]+@")
"""Who asks, and by which password: nothing to show."""
_TOKEN = re.compile(r"/result/(\d+)(?:$|\?)")


class GatewayClient:
    """Speaks the newest protocol version that both sides know. Safe to use from several threads.

    ``timeout`` is in seconds, for each request. ``transport`` carries requests to another place than the network.
    OperationalError when nothing answers.
    """

    def __init__(
        self,
        url: str,
        timeout: float | None,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._named = _USER.sub("", self.url)
        self._timeout = timeout
        self._http = httpx.Client(headers=dict(headers or {}), transport=transport)
        self.version = ""
        try:
            self.version = self._negotiated()
        except BaseException:
            self._http.close()
            raise

    def close(self) -> None:
        """Close the HTTP connections."""
        self._http.close()

    def open_session(self, properties: Mapping[str, str], name: str | None) -> str:
        """The handle of a new session."""
        answer = self._post("/sessions", OpenSession(dict(properties), name), SessionOpened)
        return answer.session_handle

    def close_session(self, session: str) -> None:
        """End the session and what runs in it; a gateway that does not answer soon is left alone."""
        self._request("DELETE", f"/sessions/{session}", timeout=_FAREWELL_SECONDS)

    def heartbeat(self, session: str) -> None:
        """Tell the gateway that ``session`` is still wanted."""
        self._request("POST", f"/sessions/{session}/heartbeat", content=b"{}")

    def session_properties(self, session: str) -> dict[str, str]:
        """What the session is configured with."""
        return self._read(self._request("GET", f"/sessions/{session}"), SessionConfiguration).properties

    def execute(self, session: str, statement: str) -> str:
        """The handle of the operation that runs ``statement``."""
        answer = self._post(f"/sessions/{session}/statements", ExecuteStatement(statement), StatementSubmitted)
        return answer.operation_handle

    def fetch(self, session: str, operation: str, token: int) -> FetchedPage:
        """One page of results: as Arrow from a gateway that offers it, else as JSON."""
        path = f"/sessions/{session}/operations/{operation}/result/{token}"
        params = None if self.version == "V1" else {"rowFormat": "JSON"}
        response = self._request("GET", path, params=params, accept=_PREFERRED)
        if response.headers.get("Content-Type", "").startswith(ARROW_STREAM):
            return arrow_page(response.content)
        answer = self._read(response, FetchResults)
        if answer.results is None:
            return FetchedPage(answer)
        return FetchedPage(answer, answer.results.columns, answer.results.data)

    def fetch_text(self, session: str, operation: str, token: int) -> FetchResults:
        """One page of results, values as texts; V1 has no texts and gives values of JSON."""
        path = f"/sessions/{session}/operations/{operation}/result/{token}"
        params = None if self.version == "V1" else {"rowFormat": "PLAIN_TEXT"}
        return self._read(self._request("GET", path, params=params), FetchResults)

    def deploy_script(self, session: str, text: str | None, uri: str | None, options: Mapping[str, str]) -> str:
        """Run a script, its ``text`` or what is at ``uri``, on a cluster of its own, whose id is returned, with
        ``options`` over the session's. NotSupportedError when the gateway is too old for that."""
        if self.version != "V4":
            raise NotSupportedError(
                f"The gateway at {self._named} deploys no scripts: it speaks {self.version} of the protocol.",
                hint="Scripts came with V4.",
            )
        return self._post(
            f"/sessions/{session}/scripts", DeployScript(text, uri, dict(options)), ScriptDeployed
        ).cluster_id

    def cancel(self, session: str, operation: str) -> None:
        """Stop the operation and its job; one that has ended already stays as it is."""
        self._request("POST", f"/sessions/{session}/operations/{operation}/cancel", content=b"{}")

    def close_operation(self, session: str, operation: str) -> None:
        """Let the gateway forget the operation; if it still runs, it is cancelled."""
        self._request("DELETE", f"/sessions/{session}/operations/{operation}/close")

    def ask(self, path: str, answer: type[T]) -> T:
        """What ``path`` answers, for what only some gateways have. Error when this one has it not."""
        return self._read(self._request("GET", path), answer)

    def _negotiated(self) -> str:
        offered = self._read(self._request("GET", "/api_versions"), ApiVersions).versions
        known = [version for version in VERSIONS if version in {name.upper() for name in offered}]
        if not known:
            raise NotSupportedError(
                f"The gateway at {self._named} speaks {', '.join(offered) or 'no version'} of the protocol only.",
                hint=f"This driver speaks {', '.join(reversed(VERSIONS))}.",
            )
        return known[0]

    def _post(self, path: str, body: msgspec.Struct, answer: type[T]) -> T:
        return self._read(self._request("POST", path, content=msgspec.json.encode(body)), answer)

    def _request(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        params: dict[str, str] | None = None,
        accept: str = "application/json",
        timeout: float | None = None,
    ) -> httpx.Response:
        headers = {"Accept": accept} if content is None else {"Accept": accept, "Content-Type": "application/json"}
        url = f"{self.url}/{self.version.lower()}{path}" if self.version else f"{self.url}{path}"
        try:
            response = self._http.request(
                method, url, content=content, params=params, headers=headers, timeout=timeout or self._timeout
            )
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError) as error:
            reason = str(error).rstrip(".") or type(error).__name__
            raise ConnectionLostError(
                f"The SQL gateway at {self._named} cannot be reached: {reason}.",
                hint="Start one with 'sqlstream sql-gateway start', or correct the host and port.",
            ) from None
        if response.is_error:
            errors = self._read(response, ErrorBody).errors
            raise gateway_error(response.status_code, errors, response.headers.get(KIND_HEADER))
        return response

    def _read(self, response: httpx.Response, answer: type[T]) -> T:
        try:
            return msgspec.json.decode(response.content, type=answer)
        except msgspec.DecodeError:
            raise InternalError(
                f"{self._named} gave an unexpected answer (HTTP {response.status_code}).",
                hint="Is that a SQL gateway?",
            ) from None


def next_token(uri: str | None) -> int | None:
    """The token of the page that ``uri`` names; None when there is no next page. InternalError for any other URI."""
    if uri is None:
        return None
    match = _TOKEN.search(uri)
    if match is None:
        raise InternalError(f"The gateway names a next page that is none: {uri}.")
    return int(match[1])
