"""The comparison notices every row that is lost, doubled or wrong, in each kind of output."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.chaos.faults import planned_faults
from tests.chaos.run import run_undisturbed
from tests.chaos.workload import RESULTS, Workload, differences

WORKLOAD = Workload(rows=100_000, parallelism=1)


@pytest.fixture(scope="module")
def reference() -> duckdb.DuckDBPyConnection:
    return WORKLOAD.reference()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("chaos") / "undisturbed"
    run_undisturbed(WORKLOAD, directory)
    return directory


@pytest.fixture
def output(undisturbed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(undisturbed, tmp_path / "output"))


def _file(output: Path, table: str) -> Path:
    return next((output / table).glob("part-*"))


def test_an_undisturbed_run_gives_what_duckdb_gives(reference: duckdb.DuckDBPyConnection, undisturbed: Path) -> None:
    assert differences(reference, undisturbed) == []


@pytest.mark.parametrize("table", ["paid_orders", "per_customer"])
def test_a_line_lost_or_doubled_is_noticed(table: str, reference: duckdb.DuckDBPyConnection, output: Path) -> None:
    file = _file(output, table)
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[1:]))
    assert any(text.startswith(f"{table}: ") for text in differences(reference, output))
    file.write_text("".join([*lines, lines[-1]]))
    assert any(text.startswith(f"{table}: 1 rows surplus") for text in differences(reference, output))
    file.write_text("".join(lines))
    assert differences(reference, output) == []


def test_a_change_committed_twice_in_the_middle_is_noticed(reference: duckdb.DuckDBPyConnection, output: Path) -> None:
    file = _file(output, "per_customer")
    lines = file.read_text().splitlines(keepends=True)
    deleted = next(line for line in lines if '"op":"d"' in line)
    file.write_text("".join([*lines, deleted]))
    assert any("per_customer: 1000 rows surplus" in text for text in differences(reference, output))


def test_a_window_lost_is_noticed(reference: duckdb.DuckDBPyConnection, output: Path) -> None:
    file = _file(output, "per_window")
    pq.write_table(pq.read_table(file).slice(1), file)
    (found,) = differences(reference, output)
    assert found.startswith("per_window: 1 rows missing, such as (0, 10000, ")


def test_a_table_without_files_is_noticed(reference: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert differences(reference, tmp_path) == [f"{table}: no files" for table in RESULTS]


def test_the_same_seed_plans_the_same_faults() -> None:
    faults = planned_faults(7, 120, 4)
    assert faults == planned_faults(7, 120, 4)
    assert faults != planned_faults(8, 120, 4)
    assert {fault.victim for fault in faults} == {0, 1, 2, 3}
    assert all(earlier.at < later.at < 120 for earlier, later in itertools.pairwise(faults))
