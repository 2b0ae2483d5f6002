"""Options as given: text by key, read through typed :class:`ConfigOption` declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from sqlstream.config.option import ConfigOption
from sqlstream.errors import ConfigError

T = TypeVar("T")

MASK = "******"
_SECRET = re.compile(
    r"password|secret|fs\.azure\.account\.key|apikey|api-key|auth-params|service-key|token|basic-auth"
    r"|jaas\.config|http-headers",
    re.IGNORECASE,
)


def is_secret(key: str) -> bool:
    """Whether an option's key looks like a secret, so that its value is masked wherever it is shown."""
    return _SECRET.search(key) is not None


def masked(options: Mapping[str, str]) -> dict[str, str]:
    """``options`` fit to be shown or logged."""
    return {key: MASK if is_secret(key) else value for key, value in options.items()}


class Configuration(Mapping[str, str]):
    """An immutable set of options; ``with_`` makes a changed one."""

    def __init__(self, options: Mapping[str, str] | None = None) -> None:
        self._options = dict(options or {})

    def __getitem__(self, key: str) -> str:
        return self._options[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._options)

    def __len__(self) -> int:
        return len(self._options)

    def __repr__(self) -> str:
        return f"Configuration({masked(self._options)})"

    def with_(self, options: Mapping[str, str]) -> Configuration:
        return Configuration({**self._options, **options})

    def without(self, key: str) -> Configuration:
        return Configuration({k: v for k, v in self._options.items() if k != key})

    def option(self, option: ConfigOption[T]) -> T:
        """The value, or the default; ConfigError when it does not parse, or there is neither."""
        value = self.optional(option)
        if value is None:
            raise ConfigError(f"Option '{option.key}' is required.", hint=option.doc)
        return value

    def optional(self, option: ConfigOption[T]) -> T | None:
        """The value, or the default, or None."""
        text = self._options.get(option.key)
        return option.default if text is None else option.parse(text)
