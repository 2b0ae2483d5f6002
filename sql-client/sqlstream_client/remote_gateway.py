"""A SQL gateway that runs elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping

from sqlstream.dbapi.gateway_client import GatewayClient
from sqlstream.errors import ConfigError
from sqlstream_client.gateway_executor import GatewayExecutor

REQUEST_SECONDS = 60.0
"""How long a request may take."""
HEADERS_VARIABLE = "FLINK_REST_CLIENT_HEADERS"
"""Flink's: ``Name:value``, several apart by newlines, for gateways behind something that wants them."""


def gateway_url(endpoint: str) -> str:
    """``endpoint`` as a URL: ``host:port`` means http."""
    return endpoint if "://" in endpoint else f"http://{endpoint}"


def custom_headers() -> dict[str, str]:
    """What the environment wants sent with every request. ConfigError for what is no header."""
    headers: dict[str, str] = {}
    for line in os.environ.get(HEADERS_VARIABLE, "").splitlines():
        name, separator, value = line.partition(":")
        if not line.strip():
            continue
        if not separator or not name.strip():
            raise ConfigError(
                f"${HEADERS_VARIABLE} has a line that is no header.", hint="Write Name:value, one a line."
            )
        headers[name.strip()] = value.strip()
    return headers


def remote_executor(endpoint: str, properties: Mapping[str, str], session_name: str | None = None) -> GatewayExecutor:
    """A session at the gateway ``endpoint``, a URL or host:port. OperationalError when no gateway answers."""
    client = GatewayClient(gateway_url(endpoint), REQUEST_SECONDS, custom_headers())
    return GatewayExecutor(client, properties, session_name)
