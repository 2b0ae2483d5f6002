"""The options of the engine by key, as declared: for checking values, for completion and for the documentation."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlstream.config import options
from sqlstream.config.option import ConfigOption


@cache
def declared_options() -> dict[str, ConfigOption[Any]]:
    """Key -> option, for everything declared in :mod:`sqlstream.config.options`."""
    found = (value for value in vars(options).values() if isinstance(value, ConfigOption))
    return {option.key: option for option in found}
