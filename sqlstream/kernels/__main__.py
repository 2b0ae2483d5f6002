"""``python -m sqlstream.kernels``: compile every kernel into the on-disk cache, so that no first query has to wait."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
from importlib.metadata import entry_points

import sqlstream.kernels
from sqlstream.kernels.compiled import Kernel

_PLUGINS = "sqlstream.kernels"
"""Entry points that name modules with kernels."""


def all_kernels() -> list[tuple[str, Kernel]]:
    """(module.function, kernel) of every kernel there is, those of plugins too, sorted."""
    own = [info.name for info in pkgutil.iter_modules(sqlstream.kernels.__path__) if info.name != "__main__"]
    modules = {name: importlib.import_module(f"{sqlstream.kernels.__name__}.{name}") for name in own}
    modules |= {point.name: point.load() for point in entry_points(group=_PLUGINS)}
    found = [
        (f"{module}.{name}", value)
        for module, contents in modules.items()
        for name, value in vars(contents).items()
        if isinstance(value, Kernel)
    ]
    return sorted(found, key=lambda pair: pair[0])


def main() -> None:
    started = time.monotonic()
    kernels = all_kernels()
    for number, (name, kernel) in enumerate(kernels, 1):
        if sys.stdout.isatty():
            print(f"\rcompiling kernel {number} of {len(kernels)}: {name:<40}", end="", flush=True)
        kernel.compile()
    print(f"\r{len(kernels)} kernels compiled in {time.monotonic() - started:.1f} s{'':<30}".rstrip())


if __name__ == "__main__":
    main()
