"""Scripts deployed in application mode: a cluster of their own plans and runs them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import TARGET
from sqlstream.errors import ConfigError
from sqlstream_client.gateway_executor import GatewayExecutor
from sqlstream_client.scripts import is_remote, read_script

_SUFFIX = "-application"


def deploys_applications(configuration: Configuration) -> bool:
    """Whether ``execution.target`` is one that takes whole scripts."""
    return configuration.option(TARGET).endswith(_SUFFIX)


def deploy_application(
    executor: GatewayExecutor, file: str | None, text: str | None, options: Mapping[str, str]
) -> str:
    """Deploy ``text``, or the script ``file``: its text, or its URI, which is then read by the gateway; with
    ``options`` chosen for it. The id of the cluster that runs it; ConfigError when there is not one script."""
    if file is not None and text is None:
        if is_remote(file):
            return executor.deploy_script(options, uri=file)
        return executor.deploy_script(options, text=read_script(file))
    if text is not None and file is None:
        return executor.deploy_script(options, text=text)
    raise ConfigError(
        f"'{TARGET.key}' = '{executor.configuration.option(TARGET)}' runs one script as an application.",
        hint="Give it with -f script.sql, or -e and its text.",
    )
