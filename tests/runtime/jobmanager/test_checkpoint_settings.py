"""What the options say about checkpoints."""

from __future__ import annotations

import pytest
from control_plane_jobs import three_step_job
from msgspec.structs import replace

from sqlstream.config.options import CheckpointRetention
from sqlstream.errors import ConfigError
from sqlstream.plan.jobgraph import JobMode
from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings


def settings(options: dict[str, str], mode: JobMode = JobMode.STREAMING) -> CheckpointSettings:
    configuration = {f"execution.checkpointing.{key}": value for key, value in options.items()}
    return CheckpointSettings.of(replace(three_step_job(), mode=mode, configuration=configuration))


def test_without_options_there_are_no_checkpoints_and_the_defaults_are_flinks() -> None:
    assert settings({}) == CheckpointSettings(
        interval=None,
        timeout=600_000,
        min_pause=0,
        max_concurrent=1,
        tolerable_failures=0,
        retention=CheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS,
        num_retained=1,
    )


def test_every_option_is_read() -> None:
    options = {
        "interval": "2 s",
        "timeout": "1 min",
        "max-concurrent-checkpoints": "3",
        "tolerable-failed-checkpoints": "4",
        "externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "num-retained": "5",
    }
    retained = CheckpointRetention.RETAIN_ON_CANCELLATION
    assert settings(options) == CheckpointSettings(2_000, 60_000, 0, 3, 4, retained, 5)


def test_a_pause_between_checkpoints_leaves_room_for_one_at_a_time() -> None:
    found = settings({"interval": "1 s", "min-pause": "5 s", "max-concurrent-checkpoints": "3"})
    assert (found.min_pause, found.max_concurrent) == (5_000, 1)


def test_a_batch_job_takes_none() -> None:
    assert settings({"interval": "1 s"}, JobMode.BATCH).interval is None


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("interval", "9 ms", "Option 'execution.checkpointing.interval' is 9 ms."),
        ("timeout", "0", "Option 'execution.checkpointing.timeout' is 0 ms."),
        ("max-concurrent-checkpoints", "0", "Option 'execution.checkpointing.max-concurrent-checkpoints' is 0."),
        ("tolerable-failed-checkpoints", "-1", "Option 'execution.checkpointing.tolerable-failed-checkpoints' is -1."),
        ("num-retained", "0", "Option 'execution.checkpointing.num-retained' is 0."),
    ],
)
def test_a_value_out_of_range_is_refused(option: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        settings({option: value})
    assert error.value.message == message
    assert error.value.hint is not None and error.value.hint.startswith("It must be at least")
