"""Every physical node has its operator, found by the node's name and loaded only when it is needed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import get_args

import pytest

from sqlstream.plan.physical import PhysicalOperator


@pytest.mark.parametrize("node", get_args(PhysicalOperator), ids=lambda node: node.__name__)
def test_there_is_a_module_for_every_node(node: type) -> None:
    from sqlstream.operators.base import operator_module

    assert importlib.util.find_spec(operator_module(node)) is not None


def test_planning_a_query_loads_no_compiler() -> None:
    code = (
        "import sys, sqlstream.operators.base, sqlstream.functions.registry as r; r.lookup('SUM');"
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
