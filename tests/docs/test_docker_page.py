"""The page about containers names the services, variables and commands that there are, all of them."""

from __future__ import annotations

import re
import subprocess

from tests.docker.compose_file import ROOT, services

_PAGE = (ROOT / "docs" / "docker.md").read_text(encoding="utf-8")


def rows(header: str) -> list[list[str]]:
    """The cells of the table with that first heading."""
    lines = _PAGE[_PAGE.index(f"| {header} |") :].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_services() -> None:
    named = {cells[0].strip("`"): cells[1].strip("`") for cells in rows("service")}
    assert named == {name: "".join(service.profiles) for name, service in services().items()}


def test_published_ports() -> None:
    documented = {cells[0].strip("`"): cells[3] for cells in rows("service") if cells[3]}
    published = {
        name: port.split(":")[1] for name, service in services().items() for port in service.definition.get("ports", [])
    }
    assert {name: text.partition(",")[0] for name, text in documented.items()} == published


def test_variables_with_their_defaults() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    used = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", text))
    documented = {cells[0].strip("`"): cells[1].strip("`") for cells in rows("variable")}
    ports = {name: default for name, default in used.items() if name.endswith("_PORT")}
    assert {**documented, **ports} == used
    assert all(f"`{name}`" in _PAGE for name in ports)


def test_commands_of_the_image() -> None:
    told = subprocess.run([ROOT / "docker" / "docker-entrypoint", "help"], capture_output=True, text=True, check=True)
    commands = re.findall(r"^  (\S+)", told.stdout, re.MULTILINE)
    documented = [cells[0].strip("`").split()[0] for cells in rows("command")]
    assert documented == commands
