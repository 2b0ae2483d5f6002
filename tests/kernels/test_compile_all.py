"""Every kernel can be compiled ahead of the first query."""

from __future__ import annotations

import pytest

from sqlstream.kernels.__main__ import all_kernels
from sqlstream.kernels.compiled import Kernel


@pytest.mark.parametrize("kernel", [pytest.param(kernel, id=name) for name, kernel in all_kernels()])
def test_kernel_compiles_for_its_declared_types(kernel: Kernel) -> None:
    assert callable(kernel.compile())
