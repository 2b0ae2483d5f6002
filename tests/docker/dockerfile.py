"""The ``Dockerfile`` as a list of instructions, and what of the checkout its build sees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch

from tests.docker.compose_file import ROOT


@dataclass(frozen=True)
class Instruction:
    name: str
    arguments: str


def instructions() -> list[Instruction]:
    """In order; continued lines are one."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines())
    return [Instruction(*line.split(" ", 1)) for line in lines if line and not line.startswith("#")]


def values(name: str) -> list[str]:
    """The arguments of every instruction of that name."""
    return [instruction.arguments for instruction in instructions() if instruction.name == name]


def copied() -> list[str]:
    """The files and folders that are copied from the checkout."""
    copies = [arguments for arguments in values("COPY") if not arguments.startswith("--from")]
    return sorted({source for arguments in copies for source in arguments.split()[:-1]})


def is_ignored(path: str) -> bool:
    """Whether ``.dockerignore`` keeps ``path`` from the build: the last line that matches it or a folder above it."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = re.sub(r"^\*\*/", "*", line.removeprefix("!"))
        parts = path.split("/")
        if any(fnmatch("/".join(parts[:count]), pattern) for count in range(1, len(parts) + 1)):
            ignored = not line.startswith("!")
    return ignored
