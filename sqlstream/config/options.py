"""Every option of the engine itself, with Flink's keys; connectors and formats declare their own beside their code."""

from __future__ import annotations

from enum import Enum

from sqlstream.config.option import BOOLEAN, DURATION, FLOAT, INTEGER, MEMORY_SIZE, STRING, ConfigOption, enum_type


class RuntimeMode(Enum):
    STREAMING = "streaming"
    BATCH = "batch"


class AsyncOutputMode(Enum):
    ORDERED = "ORDERED"
    ALLOW_UNORDERED = "ALLOW_UNORDERED"


class AggregatePhases(Enum):
    AUTO = "AUTO"
    ONE_PHASE = "ONE_PHASE"
    TWO_PHASE = "TWO_PHASE"


RUNTIME_MODE = ConfigOption(
    "execution.runtime-mode", enum_type(RuntimeMode), RuntimeMode.STREAMING,
    "Whether results are updated as input arrives, or computed once over bounded input.",
)  # fmt: skip
DISABLED_OPERATORS = ConfigOption(
    "table.exec.disabled-operators", STRING, "",
    "Operators that bounded queries must do without, separated by commas: HashJoin (BroadcastHashJoin, "
    "ShuffleHashJoin), SortMergeJoin, NestedLoopJoin.",
)  # fmt: skip
BUFFER_TIMEOUT = ConfigOption(
    "execution.buffer-timeout.interval", DURATION, 100, "How long rows may wait for their batch to fill up."
)
BATCH_SIZE = ConfigOption("execution.batch-size", INTEGER, 32_768, "The most rows a source puts into one batch.")
TARGET = ConfigOption(
    "execution.target", STRING, "local",
    "Where jobs run: local (embedded in this process), remote (rest.address), local-per-job (each job on a cluster of "
    "its own, processes on this machine); whole scripts run on local-application. See deployment-modes.md.",
)  # fmt: skip
ATTACHED = ConfigOption(
    "execution.attached", BOOLEAN, False, "Whether 'sqlstream run-application' waits for the end of the application."
)
SHUTDOWN_ON_ATTACHED_EXIT = ConfigOption(
    "execution.shutdown-on-attached-exit", BOOLEAN, False,
    "Whether an application ends when the command that waits for it is interrupted with Ctrl-C.",
)  # fmt: skip
SHUTDOWN_ON_APPLICATION_FINISH = ConfigOption(
    "execution.shutdown-on-application-finish", BOOLEAN, True,
    "Whether the cluster of an application ends with it; if not, it stays to be looked at until it is stopped.",
)  # fmt: skip
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
AGGREGATE_PHASES = ConfigOption(
    "table.optimizer.agg-phase-strategy", enum_type(AggregatePhases), AggregatePhases.AUTO,
    "Whether rows are aggregated before they are sent to where their group is, and the results there (TWO_PHASE), or "
    "only there (ONE_PHASE). AUTO is TWO_PHASE in batch mode, and with mini-batch, where rows travel.",
)  # fmt: skip
EARLY_FIRE = ConfigOption(
    "table.exec.emit.early-fire.enabled", BOOLEAN, False,
    "Whether windows in GROUP BY are emitted before their end, and updated.",
)  # fmt: skip
EARLY_FIRE_DELAY = ConfigOption(
    "table.exec.emit.early-fire.delay", DURATION, None,
    "How long after a window's first row, and again each time, it is emitted early; 0 is with every batch of rows.",
)  # fmt: skip
LATE_FIRE = ConfigOption(
    "table.exec.emit.late-fire.enabled", BOOLEAN, False,
    "Whether windows in GROUP BY are updated by rows that come after their end.",
)  # fmt: skip
LATE_FIRE_DELAY = ConfigOption(
    "table.exec.emit.late-fire.delay", DURATION, None,
    "How long after a late row, and again each time, its window is emitted; 0 is with every batch of rows.",
)  # fmt: skip
ALLOW_LATENESS = ConfigOption(
    "table.exec.emit.allow-lateness", DURATION, None,
    "How far behind the watermark a late row may be to be counted, where windows are emitted late.",
)  # fmt: skip
STATE_TTL = ConfigOption(
    "table.exec.state.ttl", DURATION, 0,
    "After this long without being written, the state of group aggregates, joins, normalised sources and materialised "
    "sinks is forgotten (processing time); 0 is never.",
)  # fmt: skip
CDC_EVENTS_DUPLICATE = ConfigOption(
    "table.exec.source.cdc-events-duplicate", BOOLEAN, False,
    "Whether changes of a source may come twice, so that they are normalised by its primary key.",
)  # fmt: skip


class UpsertMaterialize(Enum):
    NONE = "NONE"
    AUTO = "AUTO"
    FORCE = "FORCE"


class SinkKeyedShuffle(Enum):
    NONE = "NONE"
    AUTO = "AUTO"
    FORCE = "FORCE"


class NotNullEnforcer(Enum):
    ERROR = "ERROR"
    DROP = "DROP"


class TypeLengthEnforcer(Enum):
    IGNORE = "IGNORE"
    TRIM_PAD = "TRIM_PAD"
    ERROR = "ERROR"


UPSERT_MATERIALIZE = ConfigOption(
    "table.exec.sink.upsert-materialize", enum_type(UpsertMaterialize), UpsertMaterialize.AUTO,
    "Whether changes are put in order by the primary key of a sink that upserts. AUTO: where the query's upsert key is "
    "not part of it; FORCE: in every such sink.",
)  # fmt: skip
REQUIRE_ON_CONFLICT = ConfigOption(
    "table.exec.sink.require-on-conflict", BOOLEAN, False,
    "Whether a query whose upsert key is not part of the primary key of a sink that upserts is refused.",
)  # fmt: skip
SINK_KEYED_SHUFFLE = ConfigOption(
    "table.exec.sink.keyed-shuffle", enum_type(SinkKeyedShuffle), SinkKeyedShuffle.AUTO,
    "Whether rows are distributed by a sink's primary key. AUTO: where the sink would run at another parallelism than "
    "what feeds it; FORCE: wherever it runs in parallel.",
)  # fmt: skip
NOT_NULL_ENFORCER = ConfigOption(
    "table.exec.sink.not-null-enforcer", enum_type(NotNullEnforcer), NotNullEnforcer.ERROR,
    "Whether a NULL for a NOT NULL column fails the job or drops the row.",
)  # fmt: skip
TYPE_LENGTH_ENFORCER = ConfigOption(
    "table.exec.sink.type-length-enforcer", enum_type(TypeLengthEnforcer), TypeLengthEnforcer.IGNORE,
    "What happens to CHAR, VARCHAR, BINARY and VARBINARY values of another length than a sink declares.",
)  # fmt: skip
ASYNC_LOOKUP_CAPACITY = ConfigOption(
    "table.exec.async-lookup.buffer-capacity", INTEGER, 100,
    "How many questions a lookup join asks at a time without waiting for an answer; one is for the keys of a batch.",
)  # fmt: skip
ASYNC_LOOKUP_TIMEOUT = ConfigOption(
    "table.exec.async-lookup.timeout", DURATION, 180_000,
    "How long an answer may take, tries and waiting included, before the job fails.",
)  # fmt: skip
ASYNC_LOOKUP_OUTPUT_MODE = ConfigOption(
    "table.exec.async-lookup.output-mode", enum_type(AsyncOutputMode), AsyncOutputMode.ORDERED,
    "Whether rows leave an asynchronous lookup join in the order they came, or as they are answered; rows of a stream "
    "with updates always in order, and none across a watermark.",
)  # fmt: skip
ASYNC_LOOKUP_KEY_ORDERED = ConfigOption(
    "table.exec.async-lookup.key-ordered-enabled", BOOLEAN, False,
    "Whether a question is asked only once the one before it is answered, so that those for one key are in order.",
)  # fmt: skip
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
GATEWAY_ADDRESS = ConfigOption(
    "sql-gateway.endpoint.rest.address", STRING, "127.0.0.1", "Where clients find the SQL gateway's REST API."
)
GATEWAY_PORT = ConfigOption("sql-gateway.endpoint.rest.port", INTEGER, 8083, "The port of the SQL gateway's REST API.")
GATEWAY_BIND_ADDRESS = ConfigOption(
    "sql-gateway.endpoint.rest.bind-address", STRING, None,
    "The address the SQL gateway's REST API listens on; sql-gateway.endpoint.rest.address if not given.",
)  # fmt: skip
GATEWAY_MAX_CONTENT_LENGTH = ConfigOption(
    "sql-gateway.endpoint.rest.server.max-content-length", MEMORY_SIZE, 16 << 20,
    "The largest body of a request that the SQL gateway reads.",
)  # fmt: skip
GATEWAY_IDLE_TIMEOUT = ConfigOption(
    "sql-gateway.session.idle-timeout", DURATION, 600_000,
    "A session, or an operation, that nobody has asked for in this time is closed; 0 is never.",
)  # fmt: skip
GATEWAY_CHECK_INTERVAL = ConfigOption(
    "sql-gateway.session.check-interval", DURATION, 60_000,
    "How often the SQL gateway looks for sessions and operations to close; 0 is never.",
)  # fmt: skip
GATEWAY_MAX_SESSIONS = ConfigOption(
    "sql-gateway.session.max-num", INTEGER, 1_000_000, "Sessions that may be open at a time."
)
GATEWAY_MAX_WORKERS = ConfigOption(
    "sql-gateway.worker.threads.max", INTEGER, 500, "Statements that the SQL gateway executes at a time."
)
GATEWAY_MIN_WORKERS = ConfigOption(
    "sql-gateway.worker.threads.min", INTEGER, 5, "Threads for statements that the SQL gateway keeps when idle."
)
GATEWAY_WORKER_KEEPALIVE = ConfigOption(
    "sql-gateway.worker.keepalive-time", DURATION, 300_000, "How long a further thread stays idle before it ends."
)
GATEWAY_SCRIPT_LOCATIONS = ConfigOption(
    "sql-gateway.script-uri.locations", STRING, None,
    "Where the scripts may be that the SQL gateway reads for its clients: paths and URIs of directories, separated by "
    "semicolons; by default the directory it was started in.",
)  # fmt: skip
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
JOB_CAPACITY = ConfigOption(
    "jobstore.max-capacity", INTEGER, 1_000, "The most ended jobs that are kept; a result not read yet is in any case."
)
REGISTRATION_TIMEOUT = ConfigOption(
    "taskmanager.registration.timeout", DURATION, 30_000,
    "How long a TaskManager tries to find its JobManager before it gives up.",
)  # fmt: skip
CLUSTER_TASKMANAGERS = ConfigOption(
    "cluster.taskmanagers", INTEGER, 1,
    "TaskManagers that 'sqlstream cluster start' starts on this machine, and that the own cluster of an application or "
    "a job begins with.",
)  # fmt: skip
CLUSTER_ID = ConfigOption(
    "high-availability.cluster-id", STRING, None,
    "Tells an application's cluster from others in jobmanager.storage: one that is started with the id of a lost one "
    "goes on with its jobs. By default a new one.",
)  # fmt: skip
MAX_SLOTS = ConfigOption(
    "slotmanager.number-of-slots.max", INTEGER, None,
    "No TaskManager is started that would bring the own cluster of an application or a job over so many slots.",
)  # fmt: skip
START_WORKER_MAX_FAILURE_RATE = ConfigOption(
    "resourcemanager.start-worker.max-failure-rate", FLOAT, 10.0,
    "TaskManagers of an own cluster that may end unasked within a minute before starting others has to wait.",
)  # fmt: skip
START_WORKER_RETRY_INTERVAL = ConfigOption(
    "resourcemanager.start-worker.retry-interval", DURATION, 3_000,
    "How long starting others waits after too many TaskManagers of an own cluster have ended unasked.",
)  # fmt: skip


class CheckpointingMode(Enum):
    EXACTLY_ONCE = "EXACTLY_ONCE"
    AT_LEAST_ONCE = "AT_LEAST_ONCE"


class CheckpointRetention(Enum):
    DELETE_ON_CANCELLATION = "DELETE_ON_CANCELLATION"
    RETAIN_ON_CANCELLATION = "RETAIN_ON_CANCELLATION"
    NO_EXTERNALIZED_CHECKPOINTS = "NO_EXTERNALIZED_CHECKPOINTS"


CHECKPOINTING_INTERVAL = ConfigOption(
    "execution.checkpointing.interval", DURATION, None,
    "How often a streaming job's state is stored; without it there are no checkpoints, and a failure is the job's end.",
)  # fmt: skip
CHECKPOINTING_MODE = ConfigOption(
    "execution.checkpointing.mode", enum_type(CheckpointingMode), CheckpointingMode.EXACTLY_ONCE,
    "Whether a task that has seen a barrier on one input waits for it on the others. AT_LEAST_ONCE does not wait, and "
    "counts some rows twice after a failure.",
)  # fmt: skip
CHECKPOINTING_TIMEOUT = ConfigOption(
    "execution.checkpointing.timeout", DURATION, 600_000, "A checkpoint that takes longer is given up."
)
CHECKPOINTING_MIN_PAUSE = ConfigOption(
    "execution.checkpointing.min-pause", DURATION, 0, "The least time between the end of a checkpoint and the next one."
)
CHECKPOINTING_MAX_CONCURRENT = ConfigOption(
    "execution.checkpointing.max-concurrent-checkpoints", INTEGER, 1, "Checkpoints that may be under way at a time."
)
CHECKPOINTING_TOLERABLE_FAILURES = ConfigOption(
    "execution.checkpointing.tolerable-failed-checkpoints", INTEGER, 0,
    "Checkpoints in a row that may fail before the job does.",
)  # fmt: skip
CHECKPOINT_RETENTION = ConfigOption(
    "execution.checkpointing.externalized-checkpoint-retention",
    enum_type(CheckpointRetention), CheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS,
    "What becomes of the checkpoints of a job that is cancelled or fails; those of a finished one are deleted.",
)  # fmt: skip
CHECKPOINTS_RETAINED = ConfigOption(
    "execution.checkpointing.num-retained", INTEGER, 1, "The latest completed checkpoints that are kept."
)
CHECKPOINT_DIRECTORY = ConfigOption(
    "execution.checkpointing.dir", STRING, None,
    "A URI or path that every process reaches, where checkpoints are stored; by default a directory below "
    "process.working-dir, which only processes of one machine share.",
)  # fmt: skip
SAVEPOINT_DIRECTORY = ConfigOption(
    "execution.checkpointing.savepoint-dir", STRING, None, "Where savepoints are stored that are given no path."
)
SAVEPOINT_PATH = ConfigOption(
    "execution.state-recovery.path", STRING, None, "The savepoint or retained checkpoint that a job starts from."
)
IGNORE_UNCLAIMED_STATE = ConfigOption(
    "execution.state-recovery.ignore-unclaimed-state", BOOLEAN, False,
    "Start from the savepoint of another query too: state that no operator of this one has is dropped.",
)  # fmt: skip


class StateBackendType(Enum):
    HASHMAP = "hashmap"
    DISK = "disk"


STATE_BACKEND = ConfigOption(
    "state.backend.type", enum_type(StateBackendType), StateBackendType.HASHMAP,
    "Where keyed state is: in memory, or on disk with what was used last in memory.",
)  # fmt: skip
MANAGED_MEMORY = ConfigOption(
    "taskmanager.memory.managed.size", MEMORY_SIZE, 512 << 20,
    "Memory for the keyed state of all slots of a TaskManager when it is on disk.",
)  # fmt: skip
WORKING_DIRECTORY = ConfigOption(
    "process.working-dir", STRING, None,
    "Where a process keeps files of its own, such as keyed state on disk; by default 'sqlstream-<user id>' in the "
    "system's directory for temporary files.",
)  # fmt: skip
JOBMANAGER_STORAGE = ConfigOption(
    "jobmanager.storage", STRING, None,
    "A directory (URI or path) where the JobManager remembers its jobs and their checkpoints; one that is started with "
    "the same directory goes on with them. Jobs that run in the client's own process end with it.",
)  # fmt: skip


WEB_LOG_PATH = ConfigOption(
    "web.log.path", STRING, None,
    "The JobManager's log file; by default the file that its standard error is redirected to, if it is one.",
)  # fmt: skip
TASKMANAGER_LOG_PATH = ConfigOption(
    "taskmanager.log.path", STRING, None,
    "The TaskManager's log file; by default the file that its standard error is redirected to, if it is one.",
)  # fmt: skip
REST_MAX_CONTENT_LENGTH = ConfigOption(
    "rest.server.max-content-length", MEMORY_SIZE, 100 << 20, "The largest request that the REST API takes."
)
REST_REFRESH_INTERVAL = ConfigOption(
    "web.refresh-interval", DURATION, 3_000, "How often the web page asks for news.",
)  # fmt: skip
WEB_SUBMIT = ConfigOption(
    "web.submit.enable", BOOLEAN, True, "Whether scripts can be uploaded to the REST API, and run on the JobManager."
)
WEB_CANCEL = ConfigOption("web.cancel.enable", BOOLEAN, True, "Whether the web page can cancel jobs.")
WEB_RESCALE = ConfigOption("web.rescale.enable", BOOLEAN, True, "Whether the web page can rescale jobs.")
WEB_UPLOAD_DIR = ConfigOption(
    "web.upload.dir", STRING, None,
    "Where uploaded scripts are kept; by default a directory below process.working-dir that ends with the JobManager.",
)  # fmt: skip
FLAME_GRAPHS = ConfigOption(
    "rest.flamegraph.enabled", BOOLEAN, False, "Whether the REST API may sample what the threads of tasks are doing."
)
FLAME_GRAPH_SAMPLES = ConfigOption(
    "rest.flamegraph.num-samples", INTEGER, 100, "Samples of each subtask in a flame graph."
)
FLAME_GRAPH_DELAY = ConfigOption(
    "rest.flamegraph.delay-between-samples", DURATION, 50, "Between two samples of a flame graph."
)
FLAME_GRAPH_REFRESH = ConfigOption(
    "rest.flamegraph.refresh-interval", DURATION, 60_000, "After which a flame graph is made anew when asked for."
)
EXCEPTION_HISTORY_SIZE = ConfigOption(
    "web.exception-history-size", INTEGER, 16, "Causes of failures and restarts that are remembered of each job."
)
CANCELLATION_TIMEOUT = ConfigOption(
    "task.cancellation.timeout", DURATION, 180_000,
    "How long a task may take to stop when it is cancelled; after that its TaskManager is given up. 0 is for ever, "
    "as it is where jobs run in the client's own process.",
)  # fmt: skip


class RestartStrategyType(Enum):
    NONE = "none"
    FIXED_DELAY = "fixed-delay"
    FAILURE_RATE = "failure-rate"
    EXPONENTIAL_DELAY = "exponential-delay"


RESTART_STRATEGY = ConfigOption(
    "restart-strategy.type", enum_type(RestartStrategyType), None,
    "Whether and when a failed job is restarted; by default exponential-delay with checkpoints, none without.",
)  # fmt: skip
FIXED_DELAY_ATTEMPTS = ConfigOption(
    "restart-strategy.fixed-delay.attempts", INTEGER, 1, "How often a job is restarted before it fails."
)
FIXED_DELAY = ConfigOption("restart-strategy.fixed-delay.delay", DURATION, 1_000, "The pause before each restart.")
FAILURE_RATE_MAX_FAILURES = ConfigOption(
    "restart-strategy.failure-rate.max-failures-per-interval",
    INTEGER,
    1,
    "Failures in an interval that a job survives.",
)
FAILURE_RATE_INTERVAL = ConfigOption(
    "restart-strategy.failure-rate.failure-rate-interval",
    DURATION,
    60_000,
    "The interval that failures are counted in.",
)
FAILURE_RATE_DELAY = ConfigOption(
    "restart-strategy.failure-rate.delay", DURATION, 1_000, "The pause before each restart."
)
EXPONENTIAL_INITIAL_BACKOFF = ConfigOption(
    "restart-strategy.exponential-delay.initial-backoff", DURATION, 1_000, "The pause before the first restart."
)
EXPONENTIAL_MAX_BACKOFF = ConfigOption(
    "restart-strategy.exponential-delay.max-backoff", DURATION, 60_000, "The longest pause before a restart."
)
EXPONENTIAL_MULTIPLIER = ConfigOption(
    "restart-strategy.exponential-delay.backoff-multiplier",
    FLOAT,
    1.5,
    "How much longer each pause is than the one before.",
)
EXPONENTIAL_RESET_THRESHOLD = ConfigOption(
    "restart-strategy.exponential-delay.reset-backoff-threshold", DURATION, 3_600_000,
    "After this long without a failure the pauses begin anew.",
)  # fmt: skip
EXPONENTIAL_JITTER = ConfigOption(
    "restart-strategy.exponential-delay.jitter-factor", FLOAT, 0.1,
    "The share of each pause that is added or taken away at random, so that jobs do not restart all at once.",
)  # fmt: skip
EXPONENTIAL_ATTEMPTS = ConfigOption(
    "restart-strategy.exponential-delay.attempts-before-reset-backoff", INTEGER, None,
    "Restarts before the job fails; by default there is no end to them.",
)  # fmt: skip
