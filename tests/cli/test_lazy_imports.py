"""What a command does not need it does not import: so it is quick to start."""

from __future__ import annotations

import subprocess
import sys

import pytest

ENGINE = {"pyarrow", "numpy", "numba", "sqlglot", "httpx", "yaml"}
SERVERS = {"fastapi", "uvicorn", "pyarrow.flight", "httpx"}
OTHERS = {"duckdb", "pyarrow.dataset", "psutil"}

_REPORT = '''
import sys

class WithoutPandas:
    """It is no dependency of ours, and pyarrow imports it wherever it is installed."""

    def find_spec(self, name, path=None, target=None):
        if name == "pandas":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, WithoutPandas())
from sqlstream.cli.main import main
try:
    main()
except SystemExit:
    pass
print("\\n" + " ".join(sys.modules))
'''


def imported_by(*arguments: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", _REPORT, *arguments], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (["--help"], ENGINE | SERVERS | OTHERS | {"prompt_toolkit"}),
        (["cluster", "--help"], ENGINE | SERVERS | OTHERS | {"prompt_toolkit"}),
        (["sql-client", "-e", "SELECT 1"], OTHERS | {"uvicorn", "pyarrow.flight", "prompt_toolkit", "numba"}),
    ],
    ids=["help", "cluster help", "query"],
)
def test_a_command_leaves_alone_what_it_does_not_need(arguments: list[str], unneeded: set[str]) -> None:
    assert imported_by(*arguments) & unneeded == set()
