"""What a shell is told at Tab: by the very scripts that are installed for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqlstream.runtime.rpc.listening import available_port
from tests.chaos.processes import ProcessCluster

SQLSTREAM = Path(sys.executable).with_name("sqlstream")
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{SQLSTREAM.parent}:{os.environ['PATH']}",
    "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
}
"""There the command is found, and a shell is named, not guessed from the parent process."""


def completed(words: str, directory: Path, **environment: str) -> list[str]:
    """What bash has to offer for the last word of ``sqlstream WORDS``."""
    script = (
        'eval "$(sqlstream --show-completion bash)"\n'
        'COMP_WORDS=(sqlstream "$@"); COMP_CWORD=$#\n'
        "_sqlstream_completion sqlstream\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", *words.split(" ")],
        cwd=directory,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessCluster]:
    with ProcessCluster(tmp_path_factory.mktemp("cluster"), 1) as cluster:
        yield cluster


def test_verbs_and_options(tmp_path: Path) -> None:
    assert completed("sa", tmp_path) == ["savepoint"]
    assert completed("savepoint --det", tmp_path) == ["--detached"]
    assert set(completed("run -t ", tmp_path)) >= {"local", "remote"}
    assert completed("list -t ", tmp_path) == ["remote"]
    assert completed("run-application -t ", tmp_path) == ["local-application"]
    assert completed("stop -type c", tmp_path) == ["canonical"]


def test_scripts_and_directories_alone(tmp_path: Path) -> None:
    for name in ("daily.sql", "notes.txt", ".hidden.sql", "inner/deep/one.sql", "inner/deep/two.sql", "inner/read.me"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert completed("run ", tmp_path) == ["daily.sql", "inner/"]
    assert completed("info da", tmp_path) == ["daily.sql"]
    assert completed("run inn", tmp_path) == ["inner/deep/one.sql", "inner/deep/two.sql"]
    assert completed("run inner/deep/t", tmp_path) == ["inner/deep/two.sql"]
    assert completed("run .h", tmp_path) == [".hidden.sql"]
    assert completed("run nowhere/", tmp_path) == []


def test_keys_of_options_and_their_values(tmp_path: Path) -> None:
    offered = completed("run -D execution.ch", tmp_path)
    assert "execution.checkpointing.interval=" in offered
    assert all(key.startswith("execution.ch") for key in offered)
    assert completed("run -D rest.po", tmp_path) == ["rest.port=", "rest.port=8081"]
    assert completed("run -D execution.runtime-", tmp_path) == [
        "execution.runtime-mode=streaming",
        "execution.runtime-mode=batch",
    ]
    assert completed("run -D pipeline.na", tmp_path) == ["pipeline.name="]


def test_jobs_that_have_not_ended(cluster: ProcessCluster, tmp_path: Path) -> None:
    path = tmp_path / "endless.sql"
    path.write_text(
        "CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');\n"
        "CREATE TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole');\n"
        "INSERT INTO nowhere SELECT id FROM numbers;\n"
    )
    ended, running = cluster.submit(path), ""
    cluster.sqlstream("cancel", ended)
    running = cluster.submit(path)
    for words in (f"cancel -m 127.0.0.1:{cluster.rest_port} ", f"stop -D rest.port={cluster.rest_port} {running[:3]}"):
        assert completed(words, tmp_path) == [running]
    assert completed("savepoint ", tmp_path, SQLSTREAM_PROPERTIES=f"rest.port: {cluster.rest_port}") == [running]
    cluster.sqlstream("cancel", running)
    assert completed(f"cancel -m 127.0.0.1:{cluster.rest_port} ", tmp_path) == []


@pytest.mark.parametrize("words", ["cancel -m nonsense ", "cancel -D nonsense ", "stop -D rest.port=nonsense "])
def test_where_nothing_answers_nothing_is_offered(tmp_path: Path, words: str) -> None:
    assert completed(words, tmp_path) == []
    port = available_port("127.0.0.1", 0, "rest.port")
    assert completed(f"cancel -m 127.0.0.1:{port} ", tmp_path) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_installed_for_a_shell(shell: str, tmp_path: Path) -> None:
    environment = {**ENVIRONMENT, "HOME": str(tmp_path)}
    done = subprocess.run(
        ["sqlstream", "--install-completion", shell], env=environment, capture_output=True, text=True, check=True
    )
    (installed,) = (path for path in tmp_path.rglob("*sqlstream*") if path.is_file())
    assert f"{shell} completion installed in" in done.stdout
    assert "_SQLSTREAM_COMPLETE" in installed.read_text()
