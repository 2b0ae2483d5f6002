import subprocess
import sys
from pathlib import Path

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.config.process_directory import ProcessDirectory
from sqlstream.errors import ConfigError


def configured(path: Path) -> Configuration:
    return Configuration({"process.working-dir": str(path)})


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"Cannot write to the working directory .*file/work") as refused:
        _ = ProcessDirectory(configured(tmp_path / "file" / "work")).path
    assert "process.working-dir" in str(refused.value)


def test_a_process_leaves_nothing_behind(tmp_path: Path) -> None:
    first, second = ProcessDirectory(configured(tmp_path)), ProcessDirectory(configured(tmp_path))
    assert first.path != second.path
    (first.path / "spilled").write_text("rows")
    first.remove()
    first.remove()
    second.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_asked_for_is_not_made(tmp_path: Path) -> None:
    ProcessDirectory(configured(tmp_path)).remove()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    killed = (
        "import os, sys\n"
        "from sqlstream.config.configuration import Configuration\n"
        "from sqlstream.config.process_directory import ProcessDirectory\n"
        "directory = ProcessDirectory(Configuration({'process.working-dir': sys.argv[1]}))\n"
        "(directory.path / 'spilled').write_text('rows')\n"
        "os._exit(9)\n"
    )
    living = ProcessDirectory(configured(tmp_path))
    kept = living.path
    subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False, timeout=60)
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2
    later = ProcessDirectory(configured(tmp_path)).path
    assert {path for path in tmp_path.iterdir() if path.is_dir()} == {kept, later}
