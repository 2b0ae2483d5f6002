"""The options that all benchmarks share."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Arguments:
    rows: int
    parallelism: int
    runs: int
    only: str
    json: Path | None

    def selects(self, name: str) -> bool:
        """Whether what is called ``name`` is to be measured."""
        return self.only.lower() in name.lower()

    @staticmethod
    def parse(description: str | None) -> Arguments:
        """From the command line."""
        parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
        parser.add_argument("--rows", type=int, default=4_000_000, help="events that queries read")
        parser.add_argument("--parallelism", type=int, default=2, help="subtasks of each operator")
        parser.add_argument("--runs", type=int, default=3, help="measured runs of each query")
        parser.add_argument("--only", default="", help="measure only what has this text in its name")
        parser.add_argument("--json", type=Path, help="also write all figures to this file")
        return Arguments(**vars(parser.parse_args()))
