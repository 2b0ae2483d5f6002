"""Planners to say SQL to."""

from __future__ import annotations

import pytest

from tests.plan.planning import Workbench


@pytest.fixture
def streaming() -> Workbench:
    return Workbench()


@pytest.fixture
def batch() -> Workbench:
    return Workbench({"execution.runtime-mode": "batch"})
