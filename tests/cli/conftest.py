from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Command, command_in


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """``sqlstream`` in an empty directory, without configuration."""
    monkeypatch.chdir(tmp_path)
    for variable in ("SQLSTREAM_CONF_DIR", "SQLSTREAM_PROPERTIES"):
        monkeypatch.delenv(variable, raising=False)
    return command_in(monkeypatch, capsys)
