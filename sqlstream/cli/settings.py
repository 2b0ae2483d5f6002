"""``-D key=value``, shared by every verb, laid over the configuration file."""

from __future__ import annotations

from typing import Annotated

import typer

from sqlstream.cli.completion import complete_option
from sqlstream.errors import ConfigError

Dynamic = Annotated[
    list[str] | None,
    typer.Option(
        "-D",
        metavar="KEY=VALUE",
        help="Set an option; may be given many times.",
        show_default=False,
        autocompletion=complete_option,
    ),
]


def parse_dynamic(properties: list[str] | None) -> dict[str, str]:
    """The options that ``-D`` gives; ConfigError for one that is not KEY=VALUE."""
    options: dict[str, str] = {}
    for text in properties or []:
        key, separator, value = text.partition("=")
        if not separator or not key.strip():
            raise ConfigError(f"Cannot read '-D {text}'.", hint="Write -D key=value.")
        options[key.strip()] = value.strip()
    return options


def effective_options(properties: list[str] | None) -> dict[str, str]:
    """``conf/config.yaml``, then ``-D``; references resolved."""
    from sqlstream.config.loader import load_configuration

    return dict(load_configuration(parse_dynamic(properties)))
