"""What the ``Dockerfile`` promises, as far as it can be seen without building."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from sqlstream.config.options import GATEWAY_PORT, JOBMANAGER_PORT, REST_PORT
from tests.docker.compose_file import ROOT
from tests.docker.dockerfile import copied, instructions, is_ignored, values

SCRIPTS = ["docker/install.sh", "docker/docker-entrypoint", "docker/docker-healthcheck"]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    assert "sqlstream" in copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert not is_ignored(source), source


@pytest.mark.parametrize(
    "path", [".git/config", ".venv/bin/python", "tests/__init__.py", "conf/config.yaml", "sqlstream/__pycache__/a.pyc"]
)
def test_a_build_does_not_see_what_it_does_not_need(path: str) -> None:
    assert is_ignored(path)


def test_what_runs_is_not_root_and_may_not_change_the_program() -> None:
    last_stage = max(number for number, instruction in enumerate(instructions()) if instruction.name == "FROM")
    names = [instruction.name for instruction in instructions()[last_stage:]]
    assert values("USER") == ["9999:9999"]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert "--from=build /opt/sqlstream /opt/sqlstream" in values("COPY")


def test_ports_are_those_that_processes_listen_on() -> None:
    (ports,) = values("EXPOSE")
    assert {int(port) for port in ports.split()} == {JOBMANAGER_PORT.default, REST_PORT.default, GATEWAY_PORT.default}


def test_scripts_of_the_image_can_be_executed() -> None:
    for script in SCRIPTS:
        assert (ROOT / script).stat().st_mode & 0o111, script
    assert json.loads(values("ENTRYPOINT")[0]) == ["docker-entrypoint"]
    assert 'CMD ["docker-healthcheck"]' in values("HEALTHCHECK")[0]


@pytest.mark.parametrize(
    "linter", [["hadolint", "Dockerfile"], ["shellcheck", *SCRIPTS]], ids=lambda command: command[0]
)
def test_linters_have_nothing_to_say(linter: list[str]) -> None:
    if shutil.which(linter[0]) is None:
        pytest.skip(f"{linter[0]} is not installed")
    done = subprocess.run(linter, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
