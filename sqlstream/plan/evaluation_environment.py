"""What the value of an expression may depend on beside its row."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlstream.config.configuration import Configuration


@dataclass(frozen=True)
class EvaluationEnvironment:
    """The options, the session's time zone (an IANA name), and ``now``, the processing time in ms."""

    configuration: Configuration = field(default_factory=Configuration)
    time_zone: str = "UTC"
    now: int = 0
