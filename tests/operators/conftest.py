"""Operators with keyed state promise the same wherever it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import state_location

from sqlstream.state.disk import ManagedState

SO_LITTLE_THAT_NOTHING_STAYS = 4 << 10
ENOUGH_FOR_SOME = 64 << 10


@pytest.fixture(
    scope="module", params=[None, SO_LITTLE_THAT_NOTHING_STAYS, ENOUGH_FOR_SOME], ids=["memory", "disk-4K", "disk-64K"]
)
def state_backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keyed state in memory, then on disk with little memory."""
    if request.param is not None:
        state_location.managed_state = ManagedState(str(tmp_path_factory.mktemp("state")), request.param)
    yield
    state_location.managed_state = None
