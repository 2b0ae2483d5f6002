"""Figures as a table on the terminal and as JSON in ``benchmarks/results/``."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).with_name("results")

Figures = dict[str, float]
"""Figure by name, the unit being part of the name."""


@dataclass
class Report:
    """One benchmark module's figures: a row for each thing measured. ``formats``: how a figure is printed."""

    name: str
    title: str
    formats: Mapping[str, str]
    rows: dict[str, Figures] = field(default_factory=dict)

    def add(self, measured: str, figures: Figures) -> None:
        self.rows[measured] = figures

    def print(self) -> None:
        table = Table("", *self.formats, title=self.title, title_justify="left")
        for column in table.columns[1:]:
            column.justify = "right"
        for measured, figures in self.rows.items():
            table.add_row(measured, *(format(figures[name], spec) for name, spec in self.formats.items()))
        table.columns[0].no_wrap = True
        Console().print(table)

    def write(self, directory: Path = RESULTS) -> Path:
        """Write ``<name>.json`` into ``directory`` and return its path."""
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{self.name}.json"
        path.write_text(json.dumps(self.to_json(), indent=2) + "\n")
        return path

    def to_json(self) -> dict[str, object]:
        machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
        return {"name": self.name, "title": self.title, **machine, "figures": self.rows}
