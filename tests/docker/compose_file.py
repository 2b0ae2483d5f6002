"""``docker-compose.yml`` as Compose reads it, as far as it is used: anchors, merged keys, ``${NAME:-default}``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
_VARIABLE = re.compile(r"\$\{\w+:-([^}]*)\}")


@dataclass(frozen=True)
class Service:
    """One service; ``definition`` is all that is said about it, variables at their defaults."""

    name: str
    command: list[str]
    properties: str
    """``SQLSTREAM_PROPERTIES``."""
    profiles: list[str]
    definition: dict[str, Any] = field(repr=False)

    @property
    def options(self) -> dict[str, str]:
        """The properties by key."""
        return {str(key): str(value) for key, value in (yaml.safe_load(self.properties) or {}).items()}


def services() -> dict[str, Service]:
    """Name -> service, of every profile."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    content = yaml.safe_load(_VARIABLE.sub(r"\1", text))
    return {
        name: Service(
            name,
            definition["command"],
            definition.get("environment", {}).get("SQLSTREAM_PROPERTIES", ""),
            definition.get("profiles", []),
            definition,
        )
        for name, definition in content["services"].items()
    }
