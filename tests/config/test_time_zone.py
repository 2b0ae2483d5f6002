"""The session's time zone is an IANA name or a fixed offset, and anything else is refused."""

from __future__ import annotations

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.config.time_zone import local_time_zone
from sqlstream.errors import ConfigError


def zone(text: str) -> str:
    return local_time_zone(Configuration({"table.local-time-zone": text}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("UTC", "UTC"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("GMT+08:00", "+08:00"),
        ("GMT-8", "-08:00"),
        ("UTC+0530", "+05:30"),
        ("-03:30", "-03:30"),
    ],
)
def test_names_and_offsets_are_understood(text: str, expected: str) -> None:
    assert zone(text) == expected


@pytest.mark.parametrize("text", ["Mars/Olympus", "", "../etc/passwd", "GMT+08:00:00"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"table\.local-time-zone"):
        zone(text)


def test_the_default_is_some_zone_of_this_system() -> None:
    assert zone(local_time_zone(Configuration()))
