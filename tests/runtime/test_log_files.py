"""Which files of a process are its logs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sqlstream.errors import ClusterError
from sqlstream.runtime.diagnostics.log_files import LogFiles
from sqlstream.runtime.diagnostics.messages import LOG_CHUNK


def test_without_a_file_there_is_nothing_to_list() -> None:
    files = LogFiles(None)
    assert files.listing().files == ()
    with pytest.raises(ClusterError, match="no log file"):
        files.read("sqlstream-x.log", 0)


def test_the_log_and_its_like_are_listed_and_nothing_else(tmp_path: Path) -> None:
    for name in (
        "own.txt",
        "sqlstream-a-taskmanager-0-h.log",
        "sqlstream-a-taskmanager-0-h.log.1",
        "other.log",
        "sqlstream-x.pid",
    ):
        (tmp_path / name).write_text(name)
    (tmp_path / "sqlstream-directory.log").mkdir()
    (tmp_path / "sqlstream-link.log").symlink_to(tmp_path / "other.log")
    listing = LogFiles(tmp_path / "own.txt").listing()
    assert [file.name for file in listing.files] == [
        "own.txt",
        "sqlstream-a-taskmanager-0-h.log",
        "sqlstream-a-taskmanager-0-h.log.1",
    ]
    assert (listing.log, listing.stdout, listing.files[0].size) == ("own.txt", None, len("own.txt"))


def test_a_file_is_read_in_parts(tmp_path: Path) -> None:
    content = bytes(range(256)) * (LOG_CHUNK // 128)
    (tmp_path / "own.log").write_bytes(content)
    files = LogFiles(tmp_path / "own.log")
    assert files.read("own.log", 0) + files.read("own.log", LOG_CHUNK) == content
    assert files.read("own.log", len(content)) == b""


@pytest.mark.parametrize("redirected", [True, False])
def test_a_process_knows_the_file_that_its_log_goes_to(tmp_path: Path, redirected: bool) -> None:
    program = (
        "import sys; from sqlstream.runtime.diagnostics.log_files import LogFiles;"
        "print(LogFiles.of_process(None).listing().log, flush=True)"
    )
    log = tmp_path / "anything.log"
    with log.open("w") as file:
        stderr = file if redirected else subprocess.DEVNULL
        run = subprocess.run(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=stderr, text=True, check=True
        )
    assert run.stdout.strip() == ("anything.log" if redirected else "None")


def test_the_configuration_counts_before_that(tmp_path: Path) -> None:
    (tmp_path / "given.log").write_text("")
    assert LogFiles.of_process(str(tmp_path / "given.log")).listing().log == "given.log"
