"""The session's time zone, as ``table.local-time-zone`` gives it."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import LOCAL_TIME_ZONE
from sqlstream.errors import ConfigError

_FIXED_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?")


def local_time_zone(configuration: Configuration) -> str:
    """An IANA name (``Europe/Berlin``) or a fixed offset (``+08:00``), either of which Arrow understands.

    Raises ConfigError when the option names no time zone.
    """
    text = configuration.option(LOCAL_TIME_ZONE).strip()
    return _system_time_zone() if text == "default" else _normalised(text)


@cache
def _normalised(text: str) -> str:
    offset = _FIXED_OFFSET.fullmatch(text)
    if offset is not None:
        return f"{offset[1]}{int(offset[2]):02d}:{offset[3] or '00'}"
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"Invalid value '{text}' for option '{LOCAL_TIME_ZONE.key}'.",
            hint="Expected a time zone such as 'Europe/Berlin', 'UTC' or 'GMT+08:00'.",
        ) from None


@cache
def _system_time_zone() -> str:
    """``TZ``, or what /etc/localtime points at, or UTC."""
    link = Path("/etc/localtime")
    named = os.environ.get("TZ") or (str(link.resolve()) if link.is_symlink() else "")
    name = named.lstrip(":").rpartition("zoneinfo/")[2]
    try:
        return _normalised(name) if name else "UTC"
    except ConfigError:
        return "UTC"
