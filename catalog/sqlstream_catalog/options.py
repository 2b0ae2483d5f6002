"""Options that every catalog takes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlstream.config.option import STRING, ConfigOption
from sqlstream.errors import ConfigError

DEFAULT_DATABASE = ConfigOption("default-database", STRING, "default", "The database in use at first.")


def default_database(catalog: str, options: Mapping[str, str], *more: ConfigOption[str]) -> str:
    """The default database's name; ConfigError for an option that is neither this one nor one of ``more``, and for a
    required one of ``more`` that is missing."""
    known = {option.key: option for option in (DEFAULT_DATABASE, *more)}
    for key in options:
        if key not in known:
            raise ConfigError(f"Unknown option '{key}' for catalog '{catalog}'.", hint=f"Options: {', '.join(known)}.")
    for option in more:
        if option.required and not options.get(option.key):
            raise ConfigError(f"Catalog '{catalog}' requires the option '{option.key}'.", hint=option.doc)
    name = options.get(DEFAULT_DATABASE.key, "default")
    if not name.strip():
        raise ConfigError(f"Option '{DEFAULT_DATABASE.key}' of catalog '{catalog}' is empty.")
    return name
