"""What each TaskManager is told: both ends of a channel agree on it."""

from __future__ import annotations

from control_plane_jobs import select_job, three_step_job

from sqlstream.runtime.jobmanager.messages import Slot
from sqlstream.runtime.jobmanager.task_deployments import all_executions, task_deployments

SLOTS = (Slot("tm-1", "host:1", 0), Slot("tm-2", "host:2", 0))


def test_every_channel_has_exactly_one_producer_and_one_consumer() -> None:
    deployments = [
        deployment for _, deployment in task_deployments(three_step_job(), SLOTS, all_executions(three_step_job()))
    ]
    produced = [channel for d in deployments for output in d.outputs for channel in output.channels]
    consumed = [channel.channel for d in deployments for channel in d.inputs]
    assert len(set(produced)) == len(produced) == 1 * 2 + 2 * 2
    assert sorted(map(str, produced)) == sorted(map(str, consumed))


def test_a_channel_leads_to_the_task_manager_of_its_consumer() -> None:
    placed = {
        (d.execution.vertex_id, d.execution.subtask): slot
        for slot, d in task_deployments(three_step_job(), SLOTS, all_executions(three_step_job()))
    }
    for _, deployment in task_deployments(three_step_job(), SLOTS, all_executions(three_step_job())):
        for output in deployment.outputs:
            target = output.edge_id.split("->")[1]
            for channel, address in zip(output.channels, output.addresses, strict=True):
                assert address == placed[target, channel.consumer].address


def test_a_forward_edge_has_one_channel_a_subtask() -> None:
    outputs = [
        output
        for _, d in task_deployments(select_job(), SLOTS[:1], all_executions(select_job()))
        for output in d.outputs
    ]
    assert [len(output.channels) for output in outputs] == [1]


def test_channels_of_another_attempt_are_other_channels() -> None:
    def channels(attempt: int) -> set[object]:
        deployments = task_deployments(three_step_job(), SLOTS, all_executions(three_step_job(), attempt))
        return {channel.channel for _, deployment in deployments for channel in deployment.inputs}

    assert not channels(0) & channels(1)
