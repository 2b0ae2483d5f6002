"""Writes ``docs/configuration.md`` from the options as they are declared: ``python docs/generate_configuration.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlstream.config.option import BOOLEAN, DURATION, MEMORY_SIZE, ConfigOption
from sqlstream.session.options import settable_options

PAGE = Path(__file__).with_name("configuration.md")

_INTRODUCTION = """\
# Configuration

Options come from `conf/config.yaml` (or `$SQLSTREAM_CONF_DIR/config.yaml`), then from the lines of the environment
variable `SQLSTREAM_PROPERTIES`, then from `-D key=value` on the command line, then from `SET 'key' = 'value'` in a
session; the last one counts. Keys are Flink's where Flink has the option.

<!-- file: conf/config.yaml -->
```yaml
parallelism:
  default: 2
rest.port: 8081
```

`SQLSTREAM_PROPERTIES` holds a `key: value` a line, as Flink's image reads them from `FLINK_PROPERTIES`: that is how
[containers](docker.md) are configured.

In all but `SET`, `${NAME}` is an environment variable and `${file:PATH}` the content of a file, so that secrets
need not stand there themselves. Values whose key looks like a secret (`password`, `token`, ...) are shown as `******`.

```sql
SET 'execution.runtime-mode' = 'batch';
SET 'my.password' = 'hunter2';
SET;
```

```text
+------------------------+--------+
|                    key |  value |
+------------------------+--------+
| execution.runtime-mode |  batch |
|            my.password | ****** |
|  table.local-time-zone |    UTC |
+------------------------+--------+
3 rows in set
```

Options of connectors and formats belong to tables, in `WITH (...)`: see [Connectors and formats](connectors.md).

## Every option

| key | type | default | meaning |
| --- | --- | --- | --- |
"""
_UNITS: dict[Any, list[tuple[int, str]]] = {
    DURATION: [(3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms")],
    MEMORY_SIZE: [(1 << 30, "gb"), (1 << 20, "mb"), (1 << 10, "kb"), (1, "b")],
}


def default_text(option: ConfigOption[Any]) -> str:
    """The default as one would type it."""
    value = option.default
    if value is None:
        return "none"
    if option.type in _UNITS:
        size, unit = next((s, u) for s, u in _UNITS[option.type] if value % s == 0 and (value or s == 1))
        return f"`{value // size} {unit}`"
    if option.type is BOOLEAN:
        return f"`{str(value).lower()}`"
    return f"`{getattr(value, 'value', value)}`"


def page() -> str:
    """The text of the page."""
    rows = [
        f"| `{key}` | {option.type.name.partition(' (')[0]} | {default_text(option)} | {option.doc} |"
        for key, option in settable_options().items()
    ]
    return _INTRODUCTION + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
