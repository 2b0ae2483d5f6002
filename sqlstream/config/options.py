"""Every option of the engine itself, with Flink's keys; connectors and formats declare their own beside their code."""

from __future__ import annotations

from enum import Enum

from sqlstream.config.option import BOOLEAN, DURATION, INTEGER, MEMORY_SIZE, STRING, ConfigOption, enum_type


class RuntimeMode(Enum):
    STREAMING = "streaming"
    BATCH = "batch"


RUNTIME_MODE = ConfigOption(
    "execution.runtime-mode", enum_type(RuntimeMode), RuntimeMode.STREAMING,
    "Whether results are updated as input arrives, or computed once over bounded input.",
)  # fmt: skip
BUFFER_TIMEOUT = ConfigOption(
    "execution.buffer-timeout.interval", DURATION, 100, "How long rows may wait for their batch to fill up."
)
BATCH_SIZE = ConfigOption("execution.batch-size", INTEGER, 32_768, "The most rows a source puts into one batch.")
TARGET = ConfigOption(
    "execution.target", STRING, "local", "Where jobs run: local (embedded in this process) or remote (rest.address)."
)
DEFAULT_PARALLELISM = ConfigOption("parallelism.default", INTEGER, 1, "Subtasks of each operator.")
MAX_PARALLELISM = ConfigOption(
    "pipeline.max-parallelism", INTEGER, 128, "Key groups, the upper bound for rescaling a job's state."
)
PIPELINE_NAME = ConfigOption("pipeline.name", STRING, None, "The job's name.")
LOCAL_TIME_ZONE = ConfigOption(
    "table.local-time-zone", STRING, "default", "The session time zone of TIMESTAMP_LTZ; 'default' is the system's."
)
MINI_BATCH = ConfigOption(
    "table.exec.mini-batch.enabled", BOOLEAN, False, "Emit one update a batch and key instead of one a row."
)
IDLE_TIMEOUT = ConfigOption(
    "table.exec.source.idle-timeout", DURATION, 0,
    "After this long without rows a source subtask no longer holds the watermark back; 0 is never.",
)  # fmt: skip
CHANNEL_CAPACITY = ConfigOption(
    "taskmanager.network.batches-per-channel", INTEGER, 8, "Batches in flight on a channel before its producer waits."
)
CHANNEL_MEMORY = ConfigOption(
    "taskmanager.network.memory-per-channel", MEMORY_SIZE, 32 << 20,
    "Bytes in flight on a channel before its producer waits; one batch always passes.",
)  # fmt: skip
PARTITION_REQUEST_TIMEOUT = ConfigOption(
    "taskmanager.network.partition-request-timeout", DURATION, 10_000,
    "How long a producer in another process waits for its consumer to be deployed.",
)  # fmt: skip
NUM_SLOTS = ConfigOption("taskmanager.numberOfTaskSlots", INTEGER, 1, "Slots of a TaskManager.")
TASKMANAGER_HOST = ConfigOption(
    "taskmanager.bind-host", STRING, "127.0.0.1", "The address a TaskManager's data and control port listens on."
)
TASKMANAGER_EXTERNAL_HOST = ConfigOption(
    "taskmanager.host", STRING, None, "Where others reach this TaskManager; the address it listens on if not given."
)
TASKMANAGER_PORT = ConfigOption("taskmanager.rpc.port", INTEGER, 0, "A TaskManager's port; 0 is any free one.")
JOBMANAGER_HOST = ConfigOption("jobmanager.rpc.address", STRING, "127.0.0.1", "Where TaskManagers find the JobManager.")
JOBMANAGER_PORT = ConfigOption("jobmanager.rpc.port", INTEGER, 6123, "The JobManager's control port.")
JOBMANAGER_BIND_HOST = ConfigOption(
    "jobmanager.bind-host", STRING, "127.0.0.1", "The address the JobManager's control port listens on."
)
REST_ADDRESS = ConfigOption("rest.address", STRING, "127.0.0.1", "Where clients find the JobManager's REST API.")
REST_PORT = ConfigOption("rest.port", INTEGER, 8081, "The port of the JobManager's REST API.")
REST_BIND_ADDRESS = ConfigOption("rest.bind-address", STRING, "127.0.0.1", "The address the REST API listens on.")
HEARTBEAT_INTERVAL = ConfigOption("heartbeat.interval", DURATION, 1_000, "How often a TaskManager reports.")
HEARTBEAT_TIMEOUT = ConfigOption(
    "heartbeat.timeout", DURATION, 10_000, "A TaskManager silent for this long is taken for lost."
)
SLOT_REQUEST_TIMEOUT = ConfigOption(
    "slot.request.timeout", DURATION, 10_000, "How long a job waits for free slots before it fails."
)
RESULT_BUFFER_SIZE = ConfigOption(
    "sql-client.result.max-buffered-batches", INTEGER, 16, "Batches of a SELECT's result held for a slow client."
)
JOB_EXPIRATION = ConfigOption(
    "jobstore.expiration-time", DURATION, 3_600_000, "How long an ended job, and a result not read yet, are kept."
)
REGISTRATION_TIMEOUT = ConfigOption(
    "taskmanager.registration.timeout", DURATION, 30_000,
    "How long a TaskManager tries to find its JobManager before it gives up.",
)  # fmt: skip
CLUSTER_TASKMANAGERS = ConfigOption(
    "cluster.taskmanagers", INTEGER, 1, "TaskManagers that 'sqlstream cluster start' starts on this machine."
)
