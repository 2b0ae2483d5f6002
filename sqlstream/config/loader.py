"""The configuration file: ``conf/config.yaml`` (or ``$SQLSTREAM_CONF_DIR/config.yaml``), then the lines of
``$SQLSTREAM_PROPERTIES``, then ``-D key=value``.

Keys may be nested or dotted. In values, ``${NAME}`` is the environment variable and ``${file:PATH}`` the content of a
file: so a secret need not stand in the configuration itself. An option whose key looks like a secret may also be
``file:PATH`` outright; elsewhere that is an ordinary URI.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sqlstream.config.configuration import Configuration, is_secret
from sqlstream.errors import ConfigError

CONF_DIR_VARIABLE = "SQLSTREAM_CONF_DIR"
PROPERTIES_VARIABLE = "SQLSTREAM_PROPERTIES"
_REFERENCE = re.compile(r"\$\{(?:file:(?P<path>[^}]+)|(?P<variable>\w+))\}")
_FILE_PREFIX = "file:"


def load_configuration(overrides: Mapping[str, str] | None = None) -> Configuration:
    """The file's options, if there is one, over them those of the environment, and over them ``overrides``; references
    resolved. Raises ConfigError."""
    directory = os.environ.get(CONF_DIR_VARIABLE)
    path = Path(directory or "conf") / "config.yaml"
    if directory is not None and not path.is_file():
        raise ConfigError(f"There is no file {path}.", hint=f"${CONF_DIR_VARIABLE} must be a directory with one.")
    options = read_file(path) if path.is_file() else {}
    properties = read_properties(os.environ.get(PROPERTIES_VARIABLE, ""))
    return Configuration(resolve_references({**options, **properties, **(overrides or {})}))


def read_file(path: Path) -> dict[str, str]:
    """A YAML file's options under dotted keys, references unresolved. Raises ConfigError naming the line."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or "not YAML"
        raise ConfigError(f"{path}, line {line}: {problem}.", hint="Expected 'key: value'.") from None
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{path} does not hold options.", hint="Expected 'key: value' lines.")
    return dict(_flatten(content, ""))


def read_properties(text: str) -> dict[str, str]:
    """The options of ``$SQLSTREAM_PROPERTIES``: a ``key: value`` a line, indented as you like, the last one of a key
    counts. References are unresolved. Raises ConfigError that names the line, and not what may be a secret in it."""
    options: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            content = yaml.safe_load(line.strip())
        except yaml.YAMLError:
            content = line
        if content is None:
            continue
        if not isinstance(content, dict):
            raise ConfigError(
                f"${PROPERTIES_VARIABLE}, line {number}: cannot read {_key_part(line)!r}.",
                hint="Expected 'key: value'; quote a value that holds ': ' or ' #'.",
            )
        options.update(_flatten(content, ""))
    return options


def _key_part(line: str) -> str:
    key, separator, _ = line.strip().partition(":")
    return f"{key}: ..." if separator else "..."


def resolve_references(options: Mapping[str, str]) -> dict[str, str]:
    """``options`` with references replaced. Raises ConfigError when there is no such thing."""
    return {key: _resolve(key, value) for key, value in options.items()}


def _flatten(content: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ";".join(map(_as_text, value))
    return str(value)


def _resolve(key: str, value: str) -> str:
    if is_secret(key) and value.startswith(_FILE_PREFIX):
        return _read_reference(key, value.removeprefix(_FILE_PREFIX).removeprefix("//"))
    return _REFERENCE.sub(lambda match: _referenced(key, match), value)


def _referenced(key: str, match: re.Match[str]) -> str:
    if match["path"] is not None:
        return _read_reference(key, match["path"])
    name = match["variable"]
    if name not in os.environ:
        raise ConfigError(f"Option '{key}' refers to ${{{name}}}, which is not set.", hint=f"Set {name}.")
    return os.environ[name]


def _read_reference(key: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Option '{key}' refers to the file {path}, which cannot be read: {error}.") from None
