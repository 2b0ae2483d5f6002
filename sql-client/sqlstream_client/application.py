"""Scripts deployed in application mode: a cluster of their own plans and runs them."""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import TARGET
from sqlstream.errors import ConfigError
from sqlstream_client.gateway_executor import GatewayExecutor
from sqlstream_client.scripts import is_remote, read_script

_SUFFIX = "-application"


def deploys_applications(configuration: Configuration) -> bool:
    """Whether ``execution.target`` is one that takes whole scripts."""
    return configuration.option(TARGET).endswith(_SUFFIX)


def deploy_application(executor: GatewayExecutor, file: str | None, text: str | None) -> str:
    """Deploy ``text``, or the script ``file``: its text, or its URI, which is then read where it runs. The id of the
    cluster that runs it; ConfigError when there is not one script."""
    if file is not None and text is None:
        return executor.deploy_script(uri=file) if is_remote(file) else executor.deploy_script(read_script(file))
    if text is not None and file is None:
        return executor.deploy_script(text)
    raise ConfigError(
        f"'{TARGET.key}' = '{executor.configuration.option(TARGET)}' runs one script as an application.",
        hint="Give it with -f script.sql, or -e and its text.",
    )
