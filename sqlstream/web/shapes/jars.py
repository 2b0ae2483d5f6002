"""Uploaded scripts."""

from __future__ import annotations

from typing_extensions import TypedDict


class JarEntry(TypedDict):
    name: str
    description: str | None


class JarFile(TypedDict):
    """``uploaded`` is in ms; a script has no entry points."""

    id: str
    name: str
    uploaded: int
    entry: list[JarEntry]


class Jars(TypedDict):
    address: str
    files: list[JarFile]


class Uploaded(TypedDict):
    """``filename`` ends with the id."""

    filename: str
    status: str


class Run(TypedDict):
    """``jobids`` is not Flink's: all jobs that the script has started, ``jobid`` the first."""

    jobid: str
    jobids: list[str]
