"""The options of the ``filesystem`` connector, with Flink's keys and defaults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlstream.config.option import DURATION, MEMORY_SIZE, STRING, ConfigOption
from sqlstream.spi.lookup import CACHE, RELOAD_INTERVAL
from sqlstream.spi.table_options import FORMAT

PATH = ConfigOption(
    "path", STRING, None, "A file, a directory or (to read) a glob; a local path or a URI such as file:///data.",
    required=True,
)  # fmt: skip
MONITOR_INTERVAL = ConfigOption(
    "source.monitor-interval", DURATION, None,
    "How often to look for new files; with it the table is unbounded, without it the files there are now are read.",
)  # fmt: skip
REGEX_PATTERN = ConfigOption(
    "source.path.regex-pattern", STRING, None, "Only files whose absolute path matches this expression are read."
)
DEFAULT_PARTITION_NAME = ConfigOption(
    "partition.default-name", STRING, "__DEFAULT_PARTITION__", "The partition of rows whose partition column is NULL."
)
FILE_SIZE = ConfigOption("sink.rolling-policy.file-size", MEMORY_SIZE, 128 << 20, "The size at which a file is closed.")
ROLLOVER_INTERVAL = ConfigOption(
    "sink.rolling-policy.rollover-interval", DURATION, 1_800_000, "How long a file may stay open."
)
INACTIVITY_INTERVAL = ConfigOption(
    "sink.rolling-policy.inactivity-interval", DURATION, 1_800_000, "How long a file stays open without new rows."
)
CHECK_INTERVAL = ConfigOption(
    "sink.rolling-policy.check-interval", DURATION, 60_000, "How often the two intervals above are checked."
)

FILESYSTEM_OPTIONS: Sequence[ConfigOption[Any]] = (
    PATH,
    FORMAT,
    MONITOR_INTERVAL,
    REGEX_PATTERN,
    DEFAULT_PARTITION_NAME,
    FILE_SIZE,
    ROLLOVER_INTERVAL,
    INACTIVITY_INTERVAL,
    CHECK_INTERVAL,
    CACHE,
    RELOAD_INTERVAL,
)
